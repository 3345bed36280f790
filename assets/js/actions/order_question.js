/*
 * What is asked before orders are canceled or removed: each of them by
 * instrument, side, quantity, what remains and price, and those that stay as
 * they are.
 */
import { plural, element } from '../lib/dom.js';
import { sentence } from '../lib/form.js';
import { formatCount, formatDecimal, sideWord } from '../lib/format.js';
import { isolated } from '../lib/names.js';
import { filledWords, isTouched, obstacle, remaining } from '../orders/order_state.js';
import { orderWords } from '../orders/order_words.js';

const LIST_MAX = 1000; /* more is counted */
const VERBS = { cancel: 'Cancel', delete: 'Remove' };
const DONE = { cancel: 'canceled', delete: 'removed' };
const AFTER = {
    cancel: 'What is filled stays filled.',
    delete: 'This can\u2019t be undone; the history stays.',
};

export const COLUMNS = [
    { title: 'Order', words: ({ id }) => String(id) },
    { title: 'Instrument', words: ({ instrument }) => instrument },
    { title: 'Side', words: ({ side }) => sideWord(side) },
    { title: 'Quantity', words: ({ quantity }) => formatDecimal(quantity) },
    { title: 'Remaining', words: (order) => formatDecimal(remaining(order)) },
    { title: 'Price', words: ({ price }) => formatDecimal(price) },
];

/* Those that the action would touch. */
export function touched(action, orders) {
    return orders.filter((order) => obstacle(action, order) === null);
}

/* notes: id -> what else is to be said of an order; note: of all; gone: ids of
 * those that are no more; isAgain: it was asked before, and nothing has been done. The argument
 * of confirmed(), without a verb where there is nothing to be done any more. */
export function question(action, orders, { notes = new Map(),
    note = '', gone = new Set(), isAgain = false } = {}) {
    const lines = linesOf(action, orders, notes, gone);
    const meant = lines.filter(({ isLeft }) => !isLeft);
    const left = lines.length - meant.length;

    return {
        ...orders.length === 1 ? oneWords(action, lines[0])
            : manyWords(action, meant.length),
        text: [
            isAgain ? `Nothing has been ${DONE[action]} yet: some of these ` +
                'changed in the meantime.' : '',
            `${whoseWords(orders)}.`,
            note,
            action === 'delete' ? tradeWords(meant.map(({ order }) => order))
                : '',
            AFTER[action],
            left && orders.length > 1 ? `${formatCount(left)} of the ` +
                `${plural(orders.length, 'selected order')} can\u2019t be ` +
                `${DONE[action]}.` : '',
        ].filter(Boolean).join(' '),
        list: tableOf(lines),
        key: action === 'cancel' ? 'c' : undefined,
        more: moreWords(orders),
    };
}

/* Where what is to be done leaves out the row that is marked as chosen; id: its,
 * or null. */
export const besideWords = (id, orders) =>
    (id === null || orders.some((order) => order.id === id) ? ''
        : `Order ${id}, whose row is selected, is not among them.`);

/* Beside a list of them that has to be scrolled. */
export const moreWords = ({ length }) => length > LIST_MAX
    ? `${plural(length, 'order')}, of which the first ` +
        `${formatCount(LIST_MAX)} are in the list: scroll to see them.`
    : `${plural(length, 'order')} in the list: scroll to see all.`;

/* Orders as they are, without a question of ours. */
export const listOf = (orders) =>
    tableOf(linesOf(null, orders, new Map(), new Set()));

/* What is filled was traded, whatever becomes of its order. */
function tradeWords(orders) {
    const filled = orders.filter(isTouched);

    return !filled.length ? ''
        : orders.length === 1
            ? `${formatDecimal(filled[0].filled_quantity)} of ` +
                `${formatDecimal(filled[0].quantity)} are filled: removing ` +
                'the order does not undo that trade.'
            : `${formatCount(filled.length)} of them ` +
                `${filled.length === 1 ? 'is' : 'are'} filled or partly ` +
                'filled: removing an order does not undo its trades.';
}

function oneWords(action, { order, isLeft, why }) {
    const verb = VERBS[action];

    return isLeft ? { title: sentence(`${orderWords(order)} ${why}`) } : {
        title: `${verb} ${orderWords(order)}?`,
        verb: `${verb} order ${order.id}`,
    };
}

function manyWords(action, count) {
    const words = `${VERBS[action]} ${plural(count, 'order')}`;

    return count ? { title: `${words}?`, verb: words }
        : { title: `None of these can be ${DONE[action]} any longer` };
}

export function whoseWords(orders) {
    const owners = new Set(orders.map(({ owner }) => owner));

    return owners.size === 1 ? `Owner: ${isolated([...owners][0])}`
        : `Orders of ${plural(owners.size, 'owner')}`;
}

/* why: what stands in its way, or null. */
function linesOf(action, orders, notes, gone) {
    const owners = new Set(orders.map(({ owner }) => owner));

    return orders.map((order) => {
        const why = gone.has(order.id) ? 'has been removed in the meantime'
            : action && obstacle(action, order);

        return {
            order, why, isLeft: why !== null,
            notes: [
                owners.size > 1 ? `of ${isolated(order.owner)}` : null, why,
                action === 'delete' && why === null && isTouched(order)
                    ? filledWords(order) : null,
                gone.has(order.id) ? null : notes.get(order.id) ?? null,
            ].filter(Boolean),
        };
    });
}

/* Each order with what is to be said of it: lines as {order, isLeft, notes,
 * isOdd}; isOdd: that is to be seen at once.
 * columns: [{title, words(order, line)}]. */
export function tableOf(lines, columns = COLUMNS) {
    const table = element('table', { class: 'meant' });
    const head = element('tr');
    const body = element('tbody');

    for (const { title } of columns) {
        const cell = element('th', {}, title);

        cell.scope = 'col';
        head.append(cell);
    }
    for (const line of lines.slice(0, LIST_MAX)) {
        body.append(...rowsOf(line, columns));
    }
    table.append(element('thead'), body);
    table.tHead.append(head);
    return table;
}

function rowsOf(line, columns) {
    const { order, isLeft, notes } = line;
    const row = element('tr', { class: isLeft ? 'left' : '' });
    const rows = [row];

    for (const { title, words } of columns) {
        const cell = element('td', {}, words(order, line));

        cell.dataset.title = title;
        row.append(cell);
    }
    if (notes.length) {
        const more = element('tr', { class: line.isOdd ? 'note odd' : 'note' });
        const cell = element('td', {}, notes.join('; '));

        cell.colSpan = columns.length;
        more.append(cell);
        rows.push(more);
    }
    return rows;
}

/* What was left as it is, line by line: the argument of told(). title: what
 * has been done; left: [{id, detail}]. */
export function resultWords(title, left, orders) {
    const list = element('ul', { class: 'left-list' });

    for (const { id, detail } of left) {
        const order = orders.find((one) => one.id === id);

        list.append(element('li', {}, sentence(
            `${order ? orderWords(order) : `order ${id}`}: ${detail}`)));
    }
    return {
        title: sentence(title), text: 'Left unchanged, and why:', list,
    };
}
