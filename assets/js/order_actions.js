/*
 * What can be done with orders, by button or key: the chosen ones, or the one
 * of the current row. Each action says what it has come to beside its button.
 */
import { Problem, send } from './api.js';
import { confirmed, say } from './dialogs.js';
import { at, plural } from './dom.js';
import { may } from './frame.js';
import { sentence } from './form.js';
import {
    cancelOrder, orderWords, removeOrder, savedWords,
} from './order_change.js';
import { OrderHistory } from './order_history.js';
import { OrderTicket } from './order_ticket.js';

const BULK_MAX = 1000;

const VERBS = {
    cancel: { ask: 'Cancel', done: 'canceled', one: cancelOrder },
    delete: { ask: 'Remove', done: 'removed', one: removeOrder },
};

const DENIED = {
    add: 'You have no right to add orders.',
    change: 'You have no right to change orders.',
    delete: 'You have no right to remove orders.',
};

export class OrderActions {
    #grid;
    #choice;
    #ticket;
    #history = new OrderHistory();
    #busy = false;

    /* everybody: all users' orders, with all of their fields; choice:
     * OrderChoice, where several may be chosen. */
    constructor(grid, { everybody, choice = null }) {
        this.#grid = grid;
        this.#choice = choice;
        this.#ticket = new OrderTicket({
            everybody,
            placed: (order) => {
                say(`${sentence(orderWords(order))} is placed.`);
                grid.reload();
            },
            changed: (change) => {
                say(savedWords(change));
                grid.show(change.order);
            },
        });
        grid.onCurrent = () => this.#tell();
        if (choice) {
            choice.onChange = () => this.#tell();
        }
        at('order-new').addEventListener('click', () => this.place());
        at('order-change').addEventListener('click', () => this.change());
        at('order-cancel').addEventListener('click', () => this.cancel());
        at('order-remove').addEventListener('click', () => this.remove());
        at('order-history').addEventListener('click', () => this.history());
        this.#tell();
    }

    get keys() {
        return {
            n: () => this.place(),
            e: () => this.change(),
            c: () => this.cancel(),
            Delete: () => this.remove(),
            h: () => this.history(),
        };
    }

    place() {
        if (may('add')) {
            this.#ticket.place();
        } else {
            say(DENIED.add, true);
        }
    }

    change() {
        const order = this.#grid.current;

        if (!may('change')) {
            say(DENIED.change, true);
        } else if (order) {
            this.#ticket.change(order);
        }
    }

    history() {
        const order = this.#grid.current;

        if (order) {
            this.#history.open(order);
        }
    }

    cancel() {
        this.#act('cancel', 'change');
    }

    remove() {
        this.#act('delete', 'delete');
    }

    #targets() {
        const chosen = this.#choice?.orders ?? [];
        const { current } = this.#grid;

        return chosen.length ? chosen : [current].filter(Boolean);
    }

    async #act(action, right) {
        const orders = this.#targets();

        if (this.#busy || !orders.length) {
            return;
        }
        if (!may(right)) {
            say(DENIED[right], true);
            return;
        }
        if (!await confirmed(question(action, orders))) {
            return;
        }
        this.#busy = true;
        this.#tell();
        try {
            await this.#run(action, orders);
        } catch (error) {
            if (!(error instanceof Problem)) {
                throw error;
            }
            say(faults(error, orders), true);
        } finally {
            this.#busy = false;
            this.#tell();
        }
    }

    async #run(action, orders) {
        const { done, one } = VERBS[action];
        const [first] = orders;

        if (orders.length === 1) {
            const change = await one(first);

            this.#grid.show(change.order);
            say(change.isMine ? `${sentence(orderWords(first))} is ${done}.`
                : savedWords(change));
        } else {
            const { count } = await send('POST', '/api/data/bulk/', {
                action,
                orders: orders.map(({ id, version }) => ({ id, version })),
            });

            say(`${plural(count, 'order')} ${done}.`);
        }
        this.#choice?.clear();
        this.#grid.reload();
    }

    #tell() {
        const orders = this.#targets();
        const { current } = this.#grid;
        const many = orders.length > 1 ? ` ${plural(orders.length, 'order')}`
            : '';

        at('order-cancel').textContent =
            many ? `Cancel${many}` : 'Cancel order';
        at('order-remove').textContent = `Remove${many}`;
        offer('order-new', 'New order (n)', may('add') || DENIED.add);
        offer('order-change', 'All fields (e)', may('change')
            ? Boolean(current) || 'Choose a row first.'
            : DENIED.change);
        offer('order-history', 'What has become of it (h)',
            Boolean(current) || 'Choose a row first.');
        for (const [id, right, key] of [
            ['order-cancel', 'change', 'c'], ['order-remove', 'delete', 'Del'],
        ]) {
            offer(id, `Asks once (${key})`, !may(right) ? DENIED[right]
                : orders.length > BULK_MAX
                    ? `At most ${BULK_MAX} orders at once.`
                    : (!this.#busy && orders.length > 0) ||
                        'Choose a row first.');
        }
    }
}

/* reason: true, or in words why not. */
function offer(id, title, reason) {
    const button = at(id);

    button.disabled = reason !== true;
    button.title = reason === true ? title : reason;
}

function question(action, orders) {
    const { ask } = VERBS[action];
    const owners = new Set(orders.map(({ owner }) => owner));
    const what = orders.length === 1
        ? orderWords(orders[0])
        : plural(orders.length, 'order');
    const whose = owners.size === 1 ? `Owner: ${[...owners][0]}`
        : `Of ${plural(owners.size, 'owner')}`;
    const after = action === 'cancel'
        ? 'What is filled stays filled.'
        : 'This can\u2019t be undone; the history stays.';

    return {
        title: `${ask} ${what}?`,
        text: `${whose}. ${after}`,
        verb: orders.length === 1 ? `${ask} order`
            : `${ask} ${plural(orders.length, 'order')}`,
    };
}

/* Errors of many come by their place in what was sent. */
function faults(problem, orders) {
    const entries = Object.entries(problem.fields);
    const words = entries.map(([place, texts]) => {
        const [index, field] = place.replace(/^orders\./, '').split('.');
        const order = orders[Number(index)];
        const text = [].concat(texts).join(', ');

        return order ? `order ${order.id}: ${text}`
            : `${[place, field].filter(Boolean)[0]}: ${text}`;
    });
    const none = orders.length > 1 ? ' None was touched.' : '';

    return words.length
        ? `${sentence(words.slice(0, 3).join('; '))}` +
            `${words.length > 3 ? ` and ${words.length - 3} more` : ''}.${none}`
        : `${sentence(problem.message)}.${none}`;
}
