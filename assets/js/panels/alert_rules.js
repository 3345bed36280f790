/*
 * Rules by which a change of an order is worth an alert: its status becomes one,
 * its price comes to or beyond a number, or it is of a size. Knows no page.
 */
import { compareDecimals } from '../lib/decimal.js';
import { formatDecimal, statusWords } from '../lib/format.js';
import { isolated } from '../lib/names.js';

export const RULES_MAX = 50;

/* meets(order, value), and the rule in words. */
const KINDS = {
    status: {
        field: 'status',
        meets: ({ status }, value) => status === value,
        words: (value) => `becomes ${statusWords(value)}`,
    },
    over: {
        field: 'price',
        meets: ({ price }, value) => compareDecimals(price, value) >= 0,
        words: (value) => `price is ${formatDecimal(value)} or over`,
    },
    under: {
        field: 'price',
        meets: ({ price }, value) => compareDecimals(price, value) <= 0,
        words: (value) => `price is ${formatDecimal(value)} or under`,
    },
    size: {
        field: 'quantity',
        meets: ({ quantity }, value) => compareDecimals(quantity, value) >= 0,
        words: (value) => `quantity is ${formatDecimal(value)} or more`,
    },
};

/* Rules as they were kept, without those that nobody here understands. */
export const knownRules = (rules) => Array.isArray(rules)
    ? rules.filter((rule) => Object.hasOwn(KINDS, rule?.kind) &&
        typeof rule.value === 'string').slice(0, RULES_MAX) : [];

export const ruleWords = ({ kind, value, instrument, owner }) =>
    `${instrument ? isolated(instrument) : 'Any order'}` +
    `${owner ? ` of ${isolated(owner)}` : ''}: ${KINDS[kind].words(value)}`;

/* The rules that an event meets now and its order did not before: then once, not
 * with each change that follows. before: the order as it was, or null. */
export const metRules = (rules, event, before) => rules.filter((rule) => {
    const { field, meets } = KINDS[rule.kind];
    const { type, order, changed } = event;

    if (type === 'data.delete' ||
        rule.instrument && rule.instrument !== order.instrument ||
        rule.owner && rule.owner !== order.owner ||
        !meets(order, rule.value)) {
        return false;
    }
    if (type === 'data.new') {
        return true;
    }
    const was = changed ? changed[field]?.[0] : before?.[field];

    return was !== undefined && !meets({ [field]: was }, rule.value);
});
