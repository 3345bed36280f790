/*
 * Orders in a sentence.
 */
import { formatCount, formatDecimal, sideWord } from '../lib/format.js';
import { instrumentOf, valueOf } from './instruments.js';
import { isolated, shorten } from '../lib/names.js';

const INSTRUMENT_MAX = 40;
const NAMED_MAX = 10; /* in a sentence */

/* "order 7 (Buy EDF01)" */
export function orderWords(order) {
    return `order ${order.id} (${sideWord(order.side)} ` +
        `${isolated(shorten(order.instrument, INSTRUMENT_MAX))})`;
}

/* "order 7 (Buy EDF01)", "orders 7, 8 and 9", "orders 7, 8, 9 and 12 more" */
export function namesOf(orders) {
    const ids = orders.map(({ id }) => String(id));

    if (orders.length === 1) {
        return orderWords(orders[0]);
    }
    const last = ids.length > NAMED_MAX
        ? [`${formatCount(ids.length - NAMED_MAX + 1)} more`] : ids.slice(-1);

    return `orders ${ids.slice(0, Math.min(ids.length, NAMED_MAX) - 1)
        .join(', ')} and ${last}`;
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
