/*
 * What can be done with an order as it is, by whom. The server has the last
 * word; here it is said before it is asked.
 */
import { ORDER_FIELDS } from './columns.js';
import { compareDecimals, subtractDecimals } from '../lib/decimal.js';
import { formatDecimal, statusWords } from '../lib/format.js';
import { isStaff } from '../page/me.js';

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
        ? `must be at least ${formatDecimal(filled)}, which is already filled`
        : null;
}

const DEAL = ['owner', 'instrument', 'side', 'quantity', 'price'];

/* It was filled since, or is over: what was meant by it is what it was. */
export const isSameDeal = (before, after) =>
    DEAL.every((field) => before[field] === after[field]);

/* Has any of it been filled? */
export const isTouched = ({ status, filled_quantity: filled }) =>
    status === 'filled' || status === 'partially_filled' ||
    /[1-9]/.test(filled ?? '');

/* "60 of 100 filled, 40 remaining" */
export const filledWords = (order) =>
    `${formatDecimal(order.filled_quantity)} of ` +
    `${formatDecimal(order.quantity)} filled, ` +
    `${formatDecimal(remaining(order))} remaining`;

/* Why its status and what is filled of it do not go together, or null. */
export function fillFault({ status, quantity, filled_quantity: filled }) {
    const some = filled || '0';
    const isNone = !/[1-9]/.test(some);
    const isAll = !isNone && compareDecimals(some, quantity) >= 0;
    const isWrong = status === 'filled' ? !isAll
        : status === 'partially_filled' ? isNone || isAll
            : status === 'new' && !isNone;

    return isWrong ? `the status is \u201c${statusWords(status)}\u201d, but ` +
        `${formatDecimal(some)} of ${formatDecimal(quantity)} are filled` : null;
}

const STATES = {
    filled: 'is filled', canceled: 'is canceled', rejected: 'was rejected',
    expired: 'has expired',
};

/* "is filled" */
export const stateWords = ({ status }) =>
    STATES[status] ?? `is ${statusWords(status)}`;

/* "is filled, so there is nothing left to cancel", or null where nothing stands
 * in the way. */
const OBSTACLES = {
    cancel: (order) => isOpen(order) ? null
        : order.status === 'canceled' ? 'is already canceled'
            : `${stateWords(order)}, so there is nothing left to cancel`,
    change: (order) => isStaff || isOpen(order) ? null
        : `${stateWords(order)} and can no longer be changed`,
    delete: (order) => isStaff || !isTouched(order) ? null
        : order.status === 'filled' ? 'is filled and can\u2019t be removed'
            : isOpen(order)
                ? 'is partly filled: it can be canceled, but not removed'
                : 'was partly filled and can\u2019t be removed',
};

export const obstacle = (action, order) => OBSTACLES[action](order);

/* "price 10 → 9": what has become of it; only: the fields that it may be
 * about, or all. */
export function newsOf(before, after, only = null) {
    return ORDER_FIELDS.filter(({ field }) =>
        (only?.has(field) ?? field !== 'owner') &&
        (before[field] ?? null) !== (after[field] ?? null))
        .map(({ field, title, words }) =>
            `${title} ${wordsOf(words, before[field])} \u2192 ` +
            wordsOf(words, after[field]))
        .join(', ');
}

const wordsOf = (words, value) => words(value ?? 'none');
