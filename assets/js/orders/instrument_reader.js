/*
 * What staff say of an instrument, read when it is first asked for, and anew
 * after a while.
 */
import { Problem, getRows } from '../lib/api.js';
import { instrumentOf, knowInstrument, knownSince } from './instruments.js';

const FRESH_MS = 60000;
const SOON_MS = 50;
const AT_ONCE = 100; /* symbols, in one request */

/* Gives what is said of it, or null where nothing is. Throws a Problem. */
export async function readInstrument(symbol) {
    if (performance.now() - knownSince(symbol) < FRESH_MS) {
        return instrumentOf(symbol);
    }
    const [instrument = null] = await getRows(
        `/api/instruments/?${new URLSearchParams({ symbol })}`);

    knowInstrument(symbol, instrument, performance.now());
    return instrument;
}

/* Of many, so that instrumentOf() tells of each. Throws a Problem. */
export async function readInstruments(symbols) {
    const now = performance.now();
    const unknown = [...new Set(symbols)].filter(
        (symbol) => now - knownSince(symbol) >= FRESH_MS);

    for (let i = 0; i < unknown.length; i += AT_ONCE) {
        await readTogether(unknown.slice(i, i + AT_ONCE));
    }
}

/* Reads what is not known of many, together and some time soon. */
export class InstrumentsReader {
    #wanted = new Set();
    #timer = 0;
    #told;

    /* told(): more is known now. */
    constructor(told) {
        this.#told = told;
    }

    want(symbols) {
        const now = performance.now();

        for (const symbol of symbols) {
            if (now - knownSince(symbol) >= FRESH_MS) {
                this.#wanted.add(symbol);
            }
        }
        if (this.#wanted.size && !this.#timer) {
            this.#timer = setTimeout(() => this.#read(), SOON_MS);
        }
    }

    async #read() {
        const symbols = [...this.#wanted].slice(0, AT_ONCE);
        const before = JSON.stringify(symbols.map(instrumentOf));

        try {
            await readTogether(symbols);
        } catch (error) {
            if (!(error instanceof Problem)) {
                throw error;
            }
        } finally {
            symbols.forEach((symbol) => this.#wanted.delete(symbol));
            this.#timer = this.#wanted.size
                ? setTimeout(() => this.#read(), SOON_MS) : 0;
        }
        if (JSON.stringify(symbols.map(instrumentOf)) !== before) {
            this.#told();
        }
    }
}

/* One with a comma can stand in no list. */
async function readTogether(symbols) {
    const listed = symbols.filter((symbol) => !symbol.includes(','));
    const rows = !listed.length ? [] : await getRows('/api/instruments/?' +
        new URLSearchParams({ symbols: listed.join(), page_size: AT_ONCE }));
    const found = new Map(rows.map((row) => [row.symbol, row]));

    for (const symbol of listed) {
        knowInstrument(symbol, found.get(symbol) ?? null, performance.now());
    }
    for (const symbol of symbols.filter((one) => !listed.includes(one))) {
        await readInstrument(symbol);
    }
}
