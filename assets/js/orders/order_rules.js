/*
 * What is odd of an order, or would be refused, by the limits of its owner and by
 * the steps of its instrument.
 */
import { compareDecimals, isMultiple } from '../lib/decimal.js';
import { formatDecimal } from '../lib/format.js';
import { multiplierOf, valueOf } from './instruments.js';
import { limits } from '../page/me.js';

/* Field: what its steps are called. */
export const STEPS = { price: 'tick', quantity: 'lot' };

/* [field, words] of each number that is off its steps, and is not as it was. */
export function offSteps(instrument, values, now) {
    const isOther = now?.instrument !== values.instrument;

    return Object.entries(STEPS).filter(([field, step]) =>
        (isOther || now[field] !== values[field]) &&
        !isMultiple(values[field], instrument[step]))
        .map(([field, step]) => [field, `must be a multiple of the ${step}, ` +
            formatDecimal(instrument[step])]);
}

/* In words each, where steps are no must. */
export const oddSteps = (instrument, values, now) =>
    offSteps(instrument, values, now).map(([field, words]) =>
        `the ${field} ${words.replace('must be', 'is not')}`);

/* Of one's own limits, words or null; the server knows whose count. */
export function limitWords(values) {
    const { quantity } = values;
    const { max_quantity: most, max_notional: worth } = limits();
    const notional = valueOf(values)?.replace('-', '');
    const what = multiplierOf(values) === '1' ? 'quantity times price'
        : 'quantity times price times the multiplier';

    if (most !== null && compareDecimals(quantity, most) > 0) {
        return `the quantity is above your limit of ${formatDecimal(most)} ` +
            'per order';
    }
    return worth !== null && compareDecimals(notional, worth) > 0
        ? `${what} is ${formatDecimal(notional)}, above your ` +
            `limit of ${formatDecimal(worth)} per order`
        : null;
}
