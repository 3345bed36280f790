/*
 * What can be done with an order as it is, by whom. The server has the last
 * word; here it is said before it is asked.
 */
import { CHANGES } from './columns.js';
import { compareDecimals, subtractDecimals } from './decimal.js';
import { formatDecimal, statusWords } from './format.js';
import { isStaff } from './me.js';

const OPEN = new Set(['new', 'partially_filled']);

export const isOpen = ({ status }) => OPEN.has(status);

/* What is left to be filled, as a decimal; nothing of one that is over. */
export function remaining(order) {
    return isOpen(order)
        ? subtractDecimals(order.quantity, order.filled_quantity ?? '0')
        : '0';
}

/* What is wrong with a quantity of which so much is filled, or null. */
export function quantityFault(quantity, filled) {
    if (compareDecimals(quantity, '0') < 0 || quantity === '0') {
        return 'must be greater than 0';
    }
    return compareDecimals(quantity, filled) < 0
        ? `must be at least the ${formatDecimal(filled)} that are filled`
        : null;
}

const DEAL = ['owner', 'instrument', 'side', 'quantity', 'price'];

/* It was filled since, or is over: what was meant by it is what it was. */
export const isSameDeal = (before, after) =>
    DEAL.every((field) => before[field] === after[field]);

const isTouched = ({ status, filled_quantity: filled }) =>
    status === 'filled' || status === 'partially_filled' ||
    /[1-9]/.test(filled ?? '');

/* "is filled: nothing is left to cancel", or null where nothing stands in the
 * way. */
const OBSTACLES = {
    cancel: (order) => isOpen(order) ? null
        : order.status === 'canceled' ? 'is canceled already'
            : `is ${statusWords(order.status)}: nothing is left to cancel`,
    change: (order) => isStaff || isOpen(order) ? null
        : `is ${statusWords(order.status)}: it can no longer be changed`,
    delete: (order) => isStaff || !isTouched(order) ? null
        : isOpen(order)
            ? 'is filled in part: it can be canceled, not removed'
            : 'is filled, in part at least: it can\u2019t be removed',
};

export const obstacle = (action, order) => OBSTACLES[action](order);

/* "price 10 → 9": what has become of it; only: the fields that it may be
 * about, or all. */
export function newsOf(before, after, only = null) {
    return CHANGES.filter(({ field }) => (only?.has(field) ?? true) &&
        (before[field] ?? null) !== (after[field] ?? null))
        .map(({ field, title, words }) =>
            `${title} ${wordsOf(words, before[field])} \u2192 ` +
            wordsOf(words, after[field]))
        .join(', ');
}

const wordsOf = (words, value) => words(value ?? 'none');
