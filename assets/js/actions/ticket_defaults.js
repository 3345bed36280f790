/*
 * What a user's new tickets begin with, and by how much the arrow keys change
 * their numbers: for every instrument, and for some of their own. Kept on the
 * server: side and quantity as settings of the ticket, the steps as the page's.
 */
import { readSettings, saveSettings } from '../page/own_settings.js';

const BEGIN = ['side', 'quantity'];
const STEPS = ['price_step', 'quantity_step'];

export class TicketDefaults {
    #by = new Map(); /* symbol, or "" for every instrument -> {name: value} */
    #listeners = [];

    constructor() {
        this.read();
    }

    /* listener(): they are not what they were. */
    onChange(listener) {
        this.#listeners.push(listener);
    }

    /* [symbol, values], every instrument's first. */
    get all() {
        return [...this.#by].sort(([a], [b]) => a < b ? -1 : 1);
    }

    /* What is set for just this; "" is every instrument. */
    own(symbol) {
        return this.#by.get(symbol) ?? {};
    }

    /* {side, quantity} that a ticket for it begins with, "" where none is set. */
    begin(symbol) {
        return Object.fromEntries(BEGIN.map((name) =>
            [name, this.own(symbol)[name] ?? this.own('')[name] ?? '']));
    }

    /* field: price or quantity; usual: of the instrument, or null. What is set for
     * just this counts before it, what is for every instrument behind it. */
    step(symbol, field, usual) {
        const name = `${field}_step`;

        return (symbol && this.own(symbol)[name]) || usual ||
            (this.own('')[name] ?? null);
    }

    /* Where they can't be read they stay as they were. */
    async read() {
        const { ticket, page } = await readSettings();

        if (!ticket && !page) {
            return;
        }
        this.#by = new Map();
        this.#take(ticket, BEGIN);
        this.#take(page?.ticket, STEPS);
        this.#tell();
    }

    /* values: {name: value, or "" for none}. Throws a Problem. */
    async save(symbol, values) {
        const set = Object.fromEntries(Object.entries(values)
            .filter(([, value]) => value));

        await saveSettings({
            ticket: patch(symbol, set, BEGIN),
            page: { ticket: patch(symbol, set, STEPS) },
        });
        if (Object.keys(set).length) {
            this.#by.set(symbol, set);
        } else {
            this.#by.delete(symbol);
        }
        this.#tell();
    }

    #take(kept, names) {
        this.#add('', kept, names);
        for (const [symbol, values] of Object.entries(kept?.instruments ?? {})) {
            this.#add(symbol, values, names);
        }
    }

    /* A page that is of another version may have kept what is none of these. */
    #add(symbol, values, names) {
        const set = names.filter((name) => typeof values?.[name] === 'string')
            .map((name) => [name, values[name]]);

        if (set.length) {
            this.#by.set(symbol,
                { ...this.own(symbol), ...Object.fromEntries(set) });
        }
    }

    #tell() {
        this.#listeners.forEach((listener) => listener());
    }
}

/* As RFC 7396 has it: null takes away. */
function patch(symbol, set, names) {
    const values = Object.fromEntries(
        names.map((name) => [name, set[name] ?? null]));

    if (symbol === '') {
        return values;
    }
    return {
        instruments: {
            [symbol]: names.some((name) => set[name]) ? values : null,
        },
    };
}
