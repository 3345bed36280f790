/*
 * The columns of an order, once for the grid, the monitor and the row detail.
 * A cell is a node whose text is set as text, so nothing that a user typed can
 * become markup. folds: where the screen is that small (see screen.js) it goes
 * into the row's detail; below: and stands below the instrument; isOff: only who
 * asks for it sees it; width: in pixels, where widths are the user's.
 * Columns of the server's that nothing is said about here are shown by what they
 * are of, to those who ask for them.
 */
import { ageNode } from './age.js';
import { element } from '../lib/dom.js';
import { percentOf, roundDecimal, subtractDecimals } from '../lib/decimal.js';
import {
    formatCount, formatDecimal, fractionRoom, sideWord, splitDecimal,
    statusWords,
} from '../lib/format.js';
import { instrumentOf, valueOf } from './instruments.js';
import { isolated, nameNode } from '../lib/names.js';
import { formatWhen, timeNode } from '../lib/times.js';

/* Characters of a number: small screens show more than these in small print,
 * and break more than those. */
const SHORT_MAX = 10;
const LONG_MAX = 13;
const MONEY_DIGITS = 2;

const OWN_COLUMNS = [
    {
        field: 'id', title: 'Id', cell: idCell, end: true, folds: 'narrow',
        below: true, width: 84,
    },
    {
        field: 'instrument', title: 'Instrument', cell: instrumentCell,
        width: 200,
    },
    { field: 'side', title: 'Side', cell: sideCell, width: 78 },
    {
        field: 'quantity', title: 'Quantity', cell: decimalCell, end: true,
        width: 130,
    },
    {
        field: 'price', title: 'Price', cell: decimalCell, end: true,
        width: 130,
    },
    {
        field: 'filled_quantity', title: 'Filled', cell: decimalCell,
        end: true, folds: 'desk', width: 120,
    },
    {
        field: 'id', name: 'remaining', title: 'Remaining',
        cell: remainingCell, end: true, folds: 'desk', orderable: false,
        searchable: false, width: 120,
    },
    {
        field: 'average_price', title: 'Average', cell: priceCell, end: true,
        folds: 'desk', width: 120,
    },
    {
        field: 'status', title: 'Status', cell: statusCell, folds: 'narrow',
        below: true, width: 136,
    },
    {
        field: 'updated', title: 'Updated', cell: timeCell, end: true,
        searchable: false, folds: 'medium', width: 178,
    },
    derived('fill', 'Fill', fillCell, 100),
    derived('notional', 'Notional', notionalCell, 160),
    derived('age', 'Age', (id, { created }) => ageNode(created), 72),
    {
        field: 'created', title: 'Created', cell: timeCell, end: true,
        searchable: false, folds: 'narrow', isOff: true, width: 178,
    },
    {
        field: 'client_order_id', title: 'Client id', cell: textCell,
        folds: 'narrow', isOff: true, width: 160,
    },
    {
        field: 'version', title: 'Version', cell: countCell, end: true,
        searchable: false, folds: 'narrow', isOff: true, width: 84,
    },
];

/* What the page makes of an order: the server neither sorts nor searches by
 * it. */
function derived(name, title, cell, width) {
    return {
        field: 'id', name, title, cell, end: true, orderable: false,
        searchable: false, folds: 'narrow', isOff: true, width,
    };
}

const NOT_SHOWN = new Set(['owner', 'position']);
const TYPES = {
    int: { cell: countCell, words: formatCount, end: true, width: 100 },
    text: { cell: textCell, words: isolated, width: 160 },
    choice: { cell: textCell, words: String, width: 120 },
    decimal: {
        cell: priceCell, words: formatDecimal, decimal: true, end: true,
        width: 120,
    },
    time: { cell: timeCell, words: formatWhen, end: true, width: 178 },
};

/* As the server fills them into the page: "note:text:sort:search:chosen". */
function otherColumns(described = globalThis.document?.body?.dataset.columns) {
    const known = new Set(OWN_COLUMNS.map(({ field }) => field));

    return (described ?? '').split(' ').filter(Boolean)
        .map((column) => column.split(':'))
        .filter(([field]) => !known.has(field) && !NOT_SHOWN.has(field))
        .map(([field, type, ...may]) => ({
            ...TYPES[type], field, title: titleOf(field),
            orderable: may.includes('sort'),
            searchable: may.includes('search'),
            isChosen: may.includes('chosen'), folds: 'narrow', isOff: true,
        }));
}

/* "settle_date": "Settle date". */
function titleOf(field) {
    const words = field.replaceAll('_', ' ');

    return words[0].toUpperCase() + words.slice(1);
}

const OTHERS = otherColumns();

export const COLUMNS = [...OWN_COLUMNS, ...OTHERS];

/* Everybody's orders have an owner each; updated gives way to it. */
export const ADMIN_COLUMNS = [
    { ...COLUMNS[0], folds: 'medium' },
    {
        field: 'owner', title: 'Owner', cell: ownerCell, folds: 'narrow',
        below: true, width: 110,
    },
    ...COLUMNS.slice(1, 5),
    { ...COLUMNS[5], folds: 'wide' },
    { ...COLUMNS[6], isOff: true },
    { ...COLUMNS[7], isOff: true },
    ...COLUMNS.slice(8),
];

/* What an event is compared by, and how a value reads in a sentence. */
export const CHANGES = [
    { field: 'instrument', title: 'instrument', words: isolated },
    { field: 'side', title: 'side', words: sideWord },
    {
        field: 'quantity', title: 'quantity', words: formatDecimal,
        decimal: true,
    },
    { field: 'price', title: 'price', words: formatDecimal, decimal: true },
    { field: 'status', title: 'status', words: statusWords },
    {
        field: 'filled_quantity', title: 'filled', words: formatDecimal,
        decimal: true,
    },
    {
        field: 'average_price', title: 'average', words: formatDecimal,
        decimal: true,
    },
    { field: 'client_order_id', title: 'client id', words: isolated },
    ...OTHERS.filter(({ isChosen }) => isChosen)
        .map(({ field, words, decimal }) =>
            ({ field, title: field.replaceAll('_', ' '), words, decimal })),
];

/* All that can be changed. */
export const ORDER_FIELDS = [
    ...CHANGES, { field: 'owner', title: 'owner', words: isolated },
];

/* Shown in a row's detail: what the columns have no room for. */
export const DETAILS = [
    { field: 'owner', title: 'Owner', words: String },
    { field: 'id', title: 'Id', words: String },
    { field: 'status', title: 'Status', words: statusWords },
    { field: 'filled_quantity', title: 'Filled', words: formatDecimal },
    {
        field: 'id', title: 'Remaining',
        words: (id, order) => formatDecimal(remainingOf(order)),
    },
    { field: 'average_price', title: 'Average price', words: formatDecimal },
    { field: 'client_order_id', title: 'Client id', words: String },
    ...OTHERS.map(({ field, title, words }) => ({ field, title, words })),
    { field: 'created', title: 'Created', words: timeCell },
    { field: 'updated', title: 'Updated', words: timeCell },
];

function idCell(value) {
    return element('span', { class: 'order-id' }, String(value ?? ''));
}

function instrumentCell(value) {
    return nameNode('instrument', value);
}

/* A column of usernames is narrow: as much of the beginning is seen. */
const LONG_OWNER = { min: 12, tail: 4 };

function ownerCell(value) {
    return nameNode('owner', value, LONG_OWNER);
}

function sideCell(value) {
    const node = element('span', { class: `side side-${sideClass(value)}` });
    const sign = element(
        'span', { class: 'side-sign' }, value === 'sell' ? '\u2212' : '+');

    sign.setAttribute('aria-hidden', 'true');
    node.append(sign, element('span', { class: 'side-word' }, sideWord(value)));
    return node;
}

function sideClass(value) {
    return value === 'sell' ? 'sell' : 'buy';
}

function decimalCell(value) {
    const { whole, fraction, digits } = splitDecimal(value);
    const node = element('span', { class: 'decimal' });

    /* No number is broken, but one that no column has room for, and that
     * between groups of digits. */
    const { length } = whole + fraction;

    for (const group of whole.split(/(?<=\d\D)/)) {
        node.append(...length > LONG_MAX && node.hasChildNodes()
            ? [document.createElement('wbr')] : [], group);
    }
    node.classList.toggle('is-long', length > SHORT_MAX);
    node.classList.toggle('may-break', length > LONG_MAX);
    node.append(...length > LONG_MAX ? [document.createElement('wbr')] : [],
        fraction);
    node.normalize();
    if (digits) {
        node.style.setProperty('--own', fractionRoom(digits));
    }
    node.title = whole + fraction;
    return node;
}

/* Of an order in which nothing is filled there is none. */
function priceCell(value) {
    return value === null || value === undefined
        ? element('span', { class: 'second' }, '\u2013') : decimalCell(value);
}

function remainingCell(id, order) {
    return decimalCell(remainingOf(order));
}

/* What the order is worth, in the currency of its instrument where that is
 * known. */
function notionalCell(id, order) {
    const value = valueOf(order);
    const currency = instrumentOf(order.instrument)?.currency;

    if (value === null) {
        return element('span', { class: 'second' }, '\u2013');
    }
    const node = decimalCell(roundDecimal(value, MONEY_DIGITS));

    node.title = formatDecimal(value) + (currency ? ` ${currency}` : '');
    if (currency) {
        node.append(element('span', { class: 'currency' }, currency));
    }
    return node;
}

/* A bar, and how much it is in words. */
function fillCell(id, { quantity, filled_quantity: filled }) {
    const percent = percentOf(filled, quantity) ?? 0;
    const node = element('span', { class: 'fill' });
    const bar = element('span', { class: 'fill-bar' });

    bar.style.width = `${Math.min(percent, 100)}%`;
    node.append(bar, element('span', { class: 'fill-words' }, `${percent} %`));
    node.title = `${formatDecimal(filled)} of ${formatDecimal(quantity)}`;
    return node;
}

function textCell(value) {
    return element('span', { class: value === null ? 'second' : '' },
        value ?? '\u2013');
}

function countCell(value) {
    return element('span', {}, formatCount(value));
}

/* What is not filled, be it still to come or not. */
function remainingOf({ quantity, filled_quantity: filled }) {
    return subtractDecimals(quantity, filled);
}

const PILLS = new Set([
    'new', 'partially_filled', 'filled', 'canceled', 'rejected', 'expired',
]);

function statusCell(value, order) {
    const kind = PILLS.has(value) ? value : 'other';
    const node = element('span', { class: `pill pill-${kind}` },
        statusWords(value));

    if (order && order.filled_quantity !== undefined) {
        node.title =
            `${formatDecimal(order.filled_quantity)} of ` +
            `${formatDecimal(order.quantity)} filled`;
    }
    return node;
}

function timeCell(value) {
    return timeNode(value);
}
