/*
 * What is asked before orders are canceled or removed: each of them by
 * instrument, side, quantity, what remains and price, and those that stay as
 * they are.
 */
import { plural, element } from './dom.js';
import { sentence } from './form.js';
import { formatDecimal, sideWord } from './format.js';
import { isolated } from './names.js';
import { obstacle, remaining } from './order_state.js';
import { orderWords } from './order_words.js';

const VERBS = { cancel: 'Cancel', delete: 'Remove' };

const COLUMNS = [
    { title: 'Order', words: ({ id }) => String(id) },
    { title: 'Instrument', words: ({ instrument }) => instrument },
    { title: 'Side', words: ({ side }) => sideWord(side) },
    { title: 'Quantity', words: ({ quantity }) => formatDecimal(quantity) },
    { title: 'Remains', words: (order) => formatDecimal(remaining(order)) },
    { title: 'Price', words: ({ price }) => formatDecimal(price) },
];

/* Those that the action would touch. */
export function touched(action, orders) {
    return orders.filter((order) => obstacle(action, order) === null);
}

/* notes: id -> what else is to be said of an order. The argument of
 * confirmed(). */
export function question(action, orders, notes = new Map()) {
    const verb = VERBS[action];
    const meant = touched(action, orders);
    const owners = new Set(orders.map(({ owner }) => owner));
    const what = orders.length === 1
        ? orderWords(orders[0])
        : plural(meant.length, 'order');
    const whose = owners.size === 1 ? `Owner: ${isolated([...owners][0])}`
        : `Of ${plural(owners.size, 'owner')}`;
    const after = action === 'cancel'
        ? 'What is filled stays filled.'
        : 'This can\u2019t be undone; the history stays.';
    const left = orders.length - meant.length;

    return {
        title: `${verb} ${what}?`,
        text: `${whose}. ${after}` + (left
            ? ` ${plural(left, 'order')} of those chosen can\u2019t be.` : ''),
        verb: orders.length === 1 ? `${verb} order ${orders[0].id}`
            : `${verb} ${plural(meant.length, 'order')}`,
        list: tableOf(linesOf(action, orders, notes)),
    };
}

/* The list of a question, while it is open: orders as they are now; gone: ids
 * of those that are no more. */
export function renewList(list, action, orders, notes, gone) {
    const lines = linesOf(action, orders, notes).map((line) =>
        gone.has(line.order.id) ? {
            ...line, isLeft: true, notes: ['has been removed meanwhile'],
        } : line);

    list.tBodies[0].replaceChildren(...lines.flatMap(rowsOf));
}

function linesOf(action, orders, notes) {
    const owners = new Set(orders.map(({ owner }) => owner));

    return orders.map((order) => ({
        order,
        isLeft: obstacle(action, order) !== null,
        notes: [
            owners.size > 1 ? `of ${isolated(order.owner)}` : null,
            obstacle(action, order), notes.get(order.id) ?? null,
        ].filter(Boolean),
    }));
}

function tableOf(lines) {
    const table = element('table', 'meant');
    const head = element('tr');
    const body = element('tbody');

    for (const { title } of COLUMNS) {
        const cell = element('th', '', title);

        cell.scope = 'col';
        head.append(cell);
    }
    for (const line of lines) {
        body.append(...rowsOf(line));
    }
    table.append(element('thead'), body);
    table.tHead.append(head);
    return table;
}

function rowsOf({ order, isLeft, notes }) {
    const row = element('tr', isLeft ? 'left' : '');
    const rows = [row];

    for (const { title, words } of COLUMNS) {
        const cell = element('td', '', words(order));

        cell.dataset.title = title;
        row.append(cell);
    }
    if (notes.length) {
        const more = element('tr', 'note');
        const cell = element('td', '', notes.join('; '));

        cell.colSpan = COLUMNS.length;
        more.append(cell);
        rows.push(more);
    }
    return rows;
}

/* What was left as it is, line by line: the argument of told(). title: what
 * has been done; left: [{id, detail}]. */
export function resultWords(title, left, orders) {
    const list = element('ul', 'left-list');

    for (const { id, detail } of left) {
        const order = orders.find((one) => one.id === id);

        list.append(element('li', '', sentence(
            `${order ? orderWords(order) : `order ${id}`}: ${detail}`)));
    }
    return {
        title: sentence(title), text: 'Not touched, and why:', list,
    };
}
