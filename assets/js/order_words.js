/*
 * Orders in a sentence.
 */
import { formatDecimal, sideWord } from './format.js';
import { instrumentOf, valueOf } from './instruments.js';
import { isolated, shorten } from './names.js';

const INSTRUMENT_MAX = 40;

/* "order 7 (Buy EDF01)" */
export function orderWords(order) {
    return `order ${order.id} (${sideWord(order.side)} ` +
        `${isolated(shorten(order.instrument, INSTRUMENT_MAX))})`;
}

/* Beside a number: a name that shows digits next to it stands in quotes, or they
 * would be read as one. */
export function besideNumber(name) {
    const apart = isolated(name);

    return apart !== name || /^\p{Nd}/u.test(name)
        ? `\u201c${apart}\u201d` : apart;
}

/* "Buy 1,234 EDF01 @ 12.5 = 15,425", and the currency where it is known. */
export function dealWords({ side, quantity, instrument, price }) {
    const value = valueOf({ instrument, quantity, price });
    const currency = instrumentOf(instrument)?.currency;

    /* Numbers too: some locales write them with digits that turn. */
    const number = (decimal) => isolated(formatDecimal(decimal));

    return `${sideWord(side)} ${number(quantity)} ` +
        `${besideNumber(shorten(instrument, INSTRUMENT_MAX))} ` +
        `@ ${number(price)}` +
        (value === null ? '' : ` = ${number(value)}`) +
        (value !== null && currency ? ` ${currency}` : '');
}
