/*
 * What staff say of an instrument, read when it is first asked for, and anew
 * after a while.
 */
import { getRows } from './api.js';
import { instrumentOf, knowInstrument, knownSince } from './instruments.js';

const FRESH_MS = 60000;

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
