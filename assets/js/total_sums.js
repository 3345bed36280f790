/*
 * What the totals of a view (docs/websocket.md) come to: exact, as decimals.
 * Knows no page.
 */
import { addDecimals, multiplyDecimals, subtractDecimals } from './decimal.js';
import { instrumentOf } from './instruments.js';

const NONE = { count: 0, quantity: '0', notional: '0' };

/* {count, bought, sold, net} of {buy, sell}. */
export function sumsOf({ buy = NONE, sell = NONE } = {}) {
    return {
        count: buy.count + sell.count,
        bought: buy.quantity,
        sold: sell.quantity,
        net: subtractDecimals(buy.quantity, sell.quantity),
    };
}

/* What both sides of an instrument are worth together. */
export function notionalOf(symbol, { buy = NONE, sell = NONE }) {
    return multiplyDecimals(addDecimals(buy.notional, sell.notional),
        instrumentOf(symbol)?.multiplier ?? '1');
}

/* [[currency, decimal]] by the currencies of instruments, '' for those of which
 * none is known, which stands last. */
export function notionals(instruments) {
    const sums = new Map();

    for (const [symbol, sides] of Object.entries(instruments)) {
        const currency = instrumentOf(symbol)?.currency ?? '';

        sums.set(currency, addDecimals(
            sums.get(currency) ?? '0', notionalOf(symbol, sides)));
    }
    return [...sums].sort(([a], [b]) =>
        (a === '') - (b === '') || (a < b ? -1 : 1));
}
