/*
 * A deal that looks like a slip of the finger is asked about, not refused: so
 * does a market that moved. Its price is held against the market's, or where
 * none is known against those of the last orders, as its quantity is; and the
 * instrument should be one that is known.
 */
import { Problem, getJson, getRows } from '../lib/api.js';
import { PRESS_MS } from '../lib/asked.js';
import { distance, middleDecimal, middleTwo, timesIn } from '../lib/decimal.js';
import { formatCount, formatDecimal } from '../lib/format.js';
import { isOldQuote } from '../market/market_quotes.js';
import { isolated } from '../lib/names.js';
import { strangerOf, strangerWords } from '../orders/known_instrument.js';

const FAR_PERCENT = 10; /* of prices */
const FAR_TIMES = 10; /* of quantities */
/* Orders that make a norm: the middle of them is none of one that was a slip
 * itself. */
const LAST_MAX = 5;

/* For many deals that are looked at together: what is asked twice is read
 * once. */
export class DealReader {
    #answers = new Map(); /* key -> a promise */

    quote(symbol) {
        return this.#once(JSON.stringify([symbol]), () => readQuote(symbol));
    }

    last(symbol, owner) {
        return this.#once(JSON.stringify([symbol, owner]),
            () => readLast(symbol, owner));
    }

    #once(key, read) {
        if (!this.#answers.has(key)) {
            this.#answers.set(key, read());
        }
        return this.#answers.get(key);
    }
}

/* {words, isRead}: of a warning, or null; that nobody could look is one, too,
 * and isRead is false then. owner: whose last orders of the instrument it is
 * held against; empty: one's own. price, quantity: undefined where they are not
 * in question. isOther: so is the instrument. */
export async function lookAtDeal(deal, reader = new DealReader()) {
    const { instrument, owner, price, quantity, isOther } = deal;

    try {
        const [quote, orders] = await Promise.all([
            price === undefined ? null : reader.quote(instrument),
            reader.last(instrument, owner)]);
        const stranger = isOther && !orders.length
            ? await strangerOf(instrument, owner) : null;
        const words = [
            stranger && strangerWords(instrument, stranger),
            price === undefined ? null
                : (quote ? marketWords : pastWords)(deal, quote ?? orders),
            quantity === undefined ? null : quantityWords(deal, orders),
        ].filter(Boolean);

        return { words: words.join('; ') || null, isRead: true };
    } catch (error) {
        if (!(error instanceof Problem) || error.status === 401) {
            throw error;
        }
        /* No such owner: so is the order refused, and says it. */
        return error.status === 400 ? { words: null, isRead: true }
            : { words: unreadWords(deal, error), isRead: false };
    }
}

/* As lookAtDeal(), of a deal that somebody waits to send: longer he is not kept
 * waiting. */
export const lateLook = (deal) => ({
    words: unreadWords(deal, new Problem('no answer came within ' +
        `${PRESS_MS / 1000} seconds`)),
    isRead: false,
});

function unreadWords({ instrument, price }, { message }) {
    const [what, checked] = price === undefined
        ? ['orders', 'the quantity was not checked against them']
        : ['price', `${formatDecimal(price)} was not checked against it`];

    return `the last ${what} of ${isolated(instrument)} could not be read ` +
        `(${message}), so ${checked}`;
}

/* Of now, or null. A symbol that ends in * would stand for others, and a comma
 * parts two. */
async function readQuote(symbol) {
    if (/,|\*$/.test(symbol)) {
        return null;
    }
    const { feed, results: [quote] } = await getJson(
        `/api/market/?${new URLSearchParams({ symbols: symbol })}`);

    return quote && feed.state === 'live' && !isOldQuote(quote, feed.time) &&
        markOf(quote) !== null ? quote : null;
}

function readLast(instrument, owner) {
    return getRows(`/api/data/?${new URLSearchParams({
        instrument, ordering: '-id', page_size: LAST_MAX, ...owner && { owner },
    })}`);
}

/* What the market gives and takes, where these are near each other, else what it
 * last paid, or null. */
function markOf({ bid, ask, last }) {
    return bid !== null && ask !== null &&
        !distance(ask, bid, FAR_PERCENT).isBeyond ? middleDecimal(bid, ask)
        : last;
}

function marketWords({ instrument, price }, quote) {
    return farWords(price, markOf(quote),
        `the market for ${isolated(instrument)}`);
}

function pastWords({ price, ...deal }, orders) {
    return firstOf(normsOf(orders, 'price'), (norm) =>
        farWords(price, norm, pastOf(deal, orders)));
}

/* null: it is near. */
function farWords(price, norm, of) {
    const { percent, isBeyond } = distance(price, norm, FAR_PERCENT);
    const far = Number.isFinite(percent)
        ? `${formatCount(percent)}\u00a0% away` : 'far';

    return isBeyond ? `${formatDecimal(price)} is ${far} from ${of}, ` +
        formatDecimal(norm) : null;
}

function quantityWords({ quantity, ...deal }, orders) {
    return firstOf(normsOf(orders, 'quantity'), (norm) => {
        const more = timesIn(quantity, norm);
        const less = timesIn(norm, quantity);
        const far = more >= FAR_TIMES ? `${formatCount(more)} times`
            : less >= FAR_TIMES ? `1/${formatCount(less)} of` : null;

        return far && `the quantity, ${formatDecimal(quantity)}, is ${far} ` +
            `that of ${pastOf(deal, orders)}, ${formatDecimal(norm)}`;
    });
}

/* The middle of an odd number of them, both of an even one: a number near one of
 * two is not near both. */
const normsOf = (orders, field) =>
    middleTwo(orders.map((order) => order[field]));

const firstOf = (norms, wordsOf) =>
    norms.map(wordsOf).find((words) => words !== null) ?? null;

function pastOf({ instrument, owner }, orders) {
    return `${owner ? `${isolated(owner)}\u2019s` : 'your'} last ` +
        `${orders.length === 1 ? 'order' : 'orders'} of ` +
        isolated(instrument);
}
