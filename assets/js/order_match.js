/*
 * Could an order be in a search, or behind a filter? Only the server knows for
 * sure: where it is not plain that it can't be, it could.
 */
const SAYS_MORE = /["!]/; /* phrases, and what must not be there */
const PLAIN = /^[a-z0-9_.-]+$/i;
const CONTAINS = /^(owner|instrument)__contains$/;

/* search: as it is sent; fields: those that it looks in; filters: the list's
 * own, [argument, value] each. */
export function couldMatch(order, { search, fields, filters }) {
    return filters.every(([argument, value]) =>
        couldPass(order, argument, value)) &&
        couldBeFound(fields.map((field) => order[field]), search);
}

function couldPass(order, argument, value) {
    const [, field] = CONTAINS.exec(argument) ?? [];

    if (field) {
        return couldContain(order[field], value);
    }
    return argument in order ? order[argument] === value : true;
}

/* Each word in one of the values. */
function couldBeFound(values, search) {
    return SAYS_MORE.test(search) || search.split(/[ \t]+/).every((word) =>
        values.some((value) => couldContain(value, word)));
}

/* How the server folds what is not ASCII is its own affair. */
function couldContain(value, word) {
    const text = String(value ?? '').toLowerCase();

    return !PLAIN.test(word) || /[^\0-\x7f]/.test(text) ||
        text.includes(word.toLowerCase()) ||
        text.replaceAll('_', ' ').includes(word.toLowerCase());
}
