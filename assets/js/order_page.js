/*
 * One order at an address of its own: as it is now, the states that it has been
 * in, and what was done to it by whom. It follows the order's stream.
 */
import { Problem, getJson, pathOf } from './lib/api.js';
import { own, served, streamUrl } from './lib/base.js';
import { pillCell } from './lib/cells.js';
import { at, element } from './lib/dom.js';
import { ErrorBar } from './lib/error_bar.js';
import { formatDecimal, sideWord, statusWords } from './lib/format.js';
import { startFrame } from './page/frame.js';
import { historyItem } from './orders/history_item.js';
import { isStaff, ownName } from './page/me.js';
import { isolated } from './lib/names.js';
import { showPath } from './orders/order_path.js';
import { Refresh } from './lib/refresh.js';
import { OrdersStream } from './stream/stream.js';
import { clockTime, timeNode } from './lib/times.js';

const PAGE_SIZE = 100;
/* {title, of(order): text or a node; null: it is not shown} */
const FACTS = [
    { title: 'Owner', of: ({ owner }) => (isStaff ? isolated(owner) : null) },
    { title: 'Instrument', of: ({ instrument }) => isolated(instrument) },
    { title: 'Side', of: ({ side }) => sideWord(side) },
    { title: 'Quantity', of: ({ quantity }) => formatDecimal(quantity) },
    { title: 'Price', of: ({ price }) => formatDecimal(price) },
    {
        title: 'Filled', of: ({ filled_quantity: filled }) =>
            formatDecimal(filled),
    },
    {
        title: 'Average price', of: ({ average_price: average }) =>
            (average === null ? null : formatDecimal(average)),
    },
    {
        title: 'Client id', of: ({ client_order_id: id }) =>
            (id === null ? null : isolated(id)),
    },
    { title: 'Created', of: ({ created }) => timeNode(created, 'exact') },
    { title: 'Updated', of: ({ updated }) => timeNode(updated, 'exact') },
    { title: 'Version', of: ({ version }) => String(version) },
];
const STATES = {
    live: () => 'live',
    silent: (since) => `no reply since ${clockTime(since)}`,
    offline: (since) => `offline since ${clockTime(since)}`,
    refused: () => 'not live',
};

const [id] = /\d+/.exec(own(location.pathname));
const errors = new ErrorBar('order', () => read());
const refresh = new Refresh(() => read());
let rows = []; /* of its history, newest first */
let next = null; /* where what was before them is read; null: that is all */
let asked = 0;
let readAt = null;
let stream = null;

const history = () => `/api/data/${id}/history/?page_size=${PAGE_SIZE}`;

/* null: it was removed. */
async function readNow() {
    try {
        return await getJson(`/api/data/${id}/`);
    } catch (error) {
        if (error.status !== 404) {
            throw error;
        }
        return null;
    }
}

async function read() {
    const mine = ++asked;
    let isRead = false;

    refresh.started();
    try {
        const [order, past] = await Promise.all([readNow(), getJson(history())]);

        if (mine !== asked) {
            return;
        }
        rows = past.results;
        next = pathOf(past.next);
        at('order-missing').hidden = true;
        show(order);
        errors.hide();
        readAt = new Date();
        isRead = true;
    } catch (error) {
        if (!(error instanceof Problem)) {
            throw error;
        }
        isRead = error.status === 404;
        if (mine !== asked) {
            return;
        }
        if (isRead) {
            showMissing();
        } else {
            errors.show(error.message, readAt);
        }
    } finally {
        if (mine === asked) {
            refresh.finished(isRead);
        }
    }
}

function show(now) {
    const order = now ?? rows[0].order;

    at('order-state').replaceChildren(now
        ? pillCell(statusWords(order.status), order.status)
        : pillCell('removed', 'canceled'));
    at('order-facts').replaceChildren(...FACTS.flatMap(({ title, of }) => {
        const value = of(order);
        const cell = element('dd');

        cell.append(value ?? '');
        return value === null ? [] : [element('dt', {}, title), cell];
    }));
    at('order-in-list').href =
        served(`/?${new URLSearchParams({ order: id })}`);
    at('order-in-list').hidden = !now || order.owner !== ownName();
    at('order').hidden = false;
    showPast();
    follow(order.owner);
}

/* It is not asked for again: it will not come to be. */
function showMissing() {
    errors.hide();
    at('order-missing-text').textContent = isStaff
        ? `There is no order ${id}.`
        : `You have no order ${id}: there is none, or it is somebody else\u2019s.`;
    for (const part of ['order', 'order-state', 'order-live', 'order-in-list']) {
        at(part).hidden = true;
    }
    at('order-missing').hidden = false;
}

function showPast() {
    showPath(at('order-path'), rows, next === null);
    at('history-list').replaceChildren(...rows.map(historyItem));
    at('history-more').hidden = next === null;
}

async function more() {
    const mine = asked;

    at('history-more').disabled = true;
    at('history-error').textContent = '';
    try {
        const past = await getJson(next);

        if (mine === asked) {
            rows = [...rows, ...past.results];
            next = pathOf(past.next);
            showPast();
        }
    } catch (error) {
        if (!(error instanceof Problem)) {
            throw error;
        }
        at('history-error').textContent =
            `The history could not be loaded: ${error.message}.`;
    }
    at('history-more').disabled = false;
}

/* Events say that it is another now; what they say is read. */
function follow(owner) {
    if (stream) {
        return;
    }
    stream = new OrdersStream(streamUrl(),
        owner === ownName() ? 'orders' : `user:${owner}`, {
            onState: ({ word, since }) => {
                at('order-live').textContent = STATES[word]?.(since) ??
                    'connecting\u2026';
            },
            onEvents: (events) => {
                if (events.some(({ order }) => String(order.id) === id)) {
                    refresh.request();
                }
            },
            onFrame: () => false,
            onReset: () => refresh.request(),
        });
    stream.setActive(true);
    stream.open();
}

document.title = `Order ${id} - lws-app`;
at('order-title').textContent = `Order ${id}`;
at('history-more').addEventListener('click', more);
startFrame();
read();
