/*
 * Orders in a sentence.
 */
import { multiplyDecimals } from './decimal.js';
import { formatDecimal, shorten, sideWord } from './format.js';

const INSTRUMENT_MAX = 40;

/* "order 7 (Buy EDF01)" */
export function orderWords(order) {
    return `order ${order.id} (${sideWord(order.side)} ${order.instrument})`;
}

/* "Buy 1,234 EDF01 @ 12.5 = 15,425" */
export function dealWords({ side, quantity, instrument, price }) {
    const notional = multiplyDecimals(quantity, price);

    return `${sideWord(side)} ${formatDecimal(quantity)} ` +
        `${shorten(instrument, INSTRUMENT_MAX)} @ ${formatDecimal(price)}` +
        (notional === null ? '' : ` = ${formatDecimal(notional)}`);
}
