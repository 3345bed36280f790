/*
 * What the totals of a view (docs/websocket.md) come to: exact, as decimals.
 * Knows no page.
 */
import { addDecimals, multiplyDecimals, subtractDecimals } from '../lib/decimal.js';
import { instrumentOf } from '../orders/instruments.js';

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
export const notionals = (instruments) => byCurrency(
    Object.entries(instruments).map(([symbol, sides]) =>
        [symbol, notionalOf(symbol, sides)]));

/* The same of one side. */
export const sideNotionals = (instruments, side) => byCurrency(
    Object.entries(instruments).filter(([, sides]) => sides[side])
        .map(([symbol, sides]) =>
            [symbol, notionalOf(symbol, { [side]: sides[side] })]));

/* [currency, decimal] of sums over orders of some of these instruments; null:
 * it is not known by the sums alone, as the instruments differ. */
export function oneNotional(sides, symbols) {
    const facts = (symbol) => [instrumentOf(symbol)?.currency ?? '',
        instrumentOf(symbol)?.multiplier ?? '1'].join();
    const [first] = symbols;

    return symbols.every((symbol) => facts(symbol) === facts(first))
        ? [instrumentOf(first)?.currency ?? '', notionalOf(first, sides)]
        : null;
}

function byCurrency(parts) {
    const sums = new Map();

    for (const [symbol, notional] of parts) {
        const currency = instrumentOf(symbol)?.currency ?? '';

        sums.set(currency, addDecimals(sums.get(currency) ?? '0', notional));
    }
    return [...sums].sort(([a], [b]) =>
        (a === '') - (b === '') || (a < b ? -1 : 1));
}
