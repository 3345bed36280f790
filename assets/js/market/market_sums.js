/*
 * What an order is worth beside a quote of its instrument: exact, on decimals
 * as the wire has them.
 */
import {
    compareDecimals, middleDecimal, multiplyDecimals, subtractDecimals,
} from '../lib/decimal.js';

const OPEN = new Set(['new', 'partially_filled']);

/* How far the market has to come until an open order can be filled; "0" or less:
 * it is there. null: nothing is known of that. */
export function limitDistance(order, quote) {
    if (!quote || !OPEN.has(order.status)) {
        return null;
    }
    return order.side === 'sell'
        ? subtractDecimals(order.price, quote.bid ?? quote.last)
        : subtractDecimals(quote.ask ?? quote.last, order.price);
}

export const isMarketable = (distance) => compareDecimals(distance, '0') <= 0;

/* What is filled, at what the market gives for it now, beside what it cost.
 * null: nothing is filled, or nothing is known of that. */
export function unrealized(order, quote) {
    const mark = quote?.last ?? middleDecimal(quote?.bid, quote?.ask);

    if (!mark || order.average_price === null ||
        !(compareDecimals(order.filled_quantity, '0') > 0)) {
        return null;
    }
    const gain = order.side === 'sell'
        ? subtractDecimals(order.average_price, mark)
        : subtractDecimals(mark, order.average_price);

    return multiplyDecimals(gain, order.filled_quantity);
}
