/*
 * The newest quote of each symbol, and what on the page shows it. However many
 * come, what is shown is painted some twenty times a second, and only where
 * something new came.
 */
import { compareDecimals } from '../lib/decimal.js';
import { parseTime } from '../lib/format.js';
import { paintSoon } from '../lib/paints.js';

const POINTS_MAX = 60; /* of a line of prices */
const POINT_MS = 1000; /* between two of them */
const OLD_MS = 300000; /* nothing of a symbol for so long */
const SWEEP_MS = 2000;

export class MarketQuotes {
    #entries = new Map();
    #dirty = new Set();
    #isLive = false;
    #serverAhead = 0; /* ms */
    #onSymbols;

    /* onSymbols(): what is watched is not what it was. */
    constructor(onSymbols) {
        this.#onSymbols = onSymbols;
        setInterval(() => this.#sweep(), SWEEP_MS);
    }

    /* paint(entry, isStale): called now and whenever there is something new, as
     * long as node is on the page. entry: {symbol, quote or null, isUnknown: the
     * server has none, direction: -1, 0 or 1, points: [price as a number]}. Gives
     * a function that calls it once more, as long as node is watched: then true. */
    watch(symbol, node, paint) {
        const entry = this.#entryOf(symbol);
        const watcher = { node, paint, isNew: true };

        entry.watchers.add(watcher);
        paint(entry, this.#isStale(entry));
        if (entry.watchers.size === 1) {
            this.#onSymbols();
        }
        return () => {
            const isWatched = entry.watchers.has(watcher);

            if (isWatched) {
                paint(entry, this.#isStale(entry));
            }
            return isWatched;
        };
    }

    get symbols() {
        return new Set([...this.#entries.values()].filter(
            ({ watchers }) => watchers.size).map(({ symbol }) => symbol));
    }

    quote(symbol) {
        return this.#entries.get(symbol)?.quote ?? null;
    }

    /* time: the server's. */
    take(quotes, time) {
        this.#serverAhead = parseTime(time) - Date.now();
        for (const quote of quotes) {
            const entry = this.#entryOf(quote.symbol);
            const price = quote.last ?? quote.bid ?? quote.ask;
            const before = entry.price;

            entry.quote = quote;
            entry.isUnknown = false;
            entry.price = price;
            if (before && price && before !== price) {
                entry.direction = compareDecimals(price, before);
            }
            note(entry, Number(price));
            this.#dirty.add(entry);
        }
        this.#ask();
    }

    /* There has been no quote of these yet. */
    lack(symbols) {
        for (const symbol of symbols) {
            const entry = this.#entries.get(symbol);

            if (entry && !entry.quote) {
                entry.isUnknown = true;
                this.#dirty.add(entry);
            }
        }
        this.#ask();
    }

    /* Does what comes in come as it happens? */
    setLive(isLive) {
        if (this.#isLive !== isLive) {
            this.#isLive = isLive;
            this.#paintAll();
        }
    }

    /* Nothing is watched any more. */
    clear() {
        this.#entries.clear();
        this.#dirty.clear();
    }

    #entryOf(symbol) {
        if (!this.#entries.has(symbol)) {
            this.#entries.set(symbol, {
                symbol, quote: null, isUnknown: false, price: null, direction: 0, points: [],
                pointAt: 0, watchers: new Set(),
            });
        }
        return this.#entries.get(symbol);
    }

    #isStale({ quote }) {
        return !this.#isLive || (quote !== null &&
            isOldQuote(quote, Date.now() + this.#serverAhead));
    }

    #paintAll() {
        for (const entry of this.#entries.values()) {
            this.#dirty.add(entry);
        }
        this.#ask();
    }

    #ask() {
        paintSoon(this.#paint);
    }

    #paint = () => {
        for (const entry of this.#dirty) {
            const isStale = this.#isStale(entry);

            for (const { node, paint } of entry.watchers) {
                if (node.isConnected) {
                    paint(entry, isStale);
                }
            }
        }
        this.#dirty.clear();
    };

    /* Who is on the page no more watches no more; one that was made just now may
     * not be there yet. Of what has grown old it is to be seen. */
    #sweep() {
        let isLess = false;

        for (const entry of this.#entries.values()) {
            for (const watcher of entry.watchers) {
                if (!watcher.node.isConnected && !watcher.isNew) {
                    entry.watchers.delete(watcher);
                }
                watcher.isNew = false;
            }
            if (!entry.watchers.size) {
                this.#entries.delete(entry.symbol);
                this.#dirty.delete(entry);
                isLess = true;
            }
        }
        this.#paintAll();
        if (isLess) {
            this.#onSymbols();
        }
    }
}

/* now: the server's time. */
export const isOldQuote = (quote, now) =>
    parseTime(now) - parseTime(quote.time) > OLD_MS;

/* The newest stands for its second until that is over. */
function note(entry, price) {
    const now = Date.now();

    if (!Number.isFinite(price)) {
        return;
    }
    if (now - entry.pointAt < POINT_MS && entry.points.length) {
        entry.points[entry.points.length - 1] = price;
        return;
    }
    entry.pointAt = now;
    entry.points.push(price);
    if (entry.points.length > POINTS_MAX) {
        entry.points.shift();
    }
}
