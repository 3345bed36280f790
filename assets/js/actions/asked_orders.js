/*
 * Orders that are canceled or removed: it is asked first, and only what was asked
 * about is touched, as it was shown. What has come of it is said.
 */
import { Problem, send } from '../lib/api.js';
import { atFault, faults } from './bulk_faults.js';
import { cancelChunks } from './cancel_chunks.js';
import { confirmed, renew, say, told } from '../lib/dialogs.js';
import { at, isFocusLost, plural } from '../lib/dom.js';
import { afterwardsOf, sentence } from '../lib/form.js';
import { formatCount } from '../lib/format.js';
import {
    changeOrder, known, removeOrder, savedWords,
} from './order_change.js';
import { besideWords, question, resultWords, touched } from './order_question.js';
import { isSameDeal, newsOf, obstacle } from '../orders/order_state.js';
import { namesOf, orderWords } from '../orders/order_words.js';
import { readAgain } from './orders_again.js';
import { hush, object } from './said.js';

export const BULK_MAX = 1000;
/* All at once, filled meanwhile; then in parts. */
const TRIES_MAX = 3;

export const ACTIONS = {
    cancel: {
        done: 'canceled', right: 'change', button: 'order-cancel', key: 'c',
        verb: 'Cancel',
        one: (seen, tell) => changeOrder(seen, { status: 'canceled' }, tell),
    },
    delete: {
        done: 'removed', right: 'delete', button: 'order-remove', key: 'Del',
        verb: 'Remove', one: removeOrder,
    },
};

export class AskedOrders {
    #grid;
    #everybody;
    #choice;
    #targets;
    #whyNot;
    #isBusy = false;
    /* {asked, action, orders, words, shown, meant}; words: what question() takes
     * beside them; meant: those that a yes is about. */
    #open = null;
    #reached = 0; /* how often it was seen that the server is there */

    /* Whether something is sent has changed; the page's to set. */
    onBusy = () => {};

    /* everybody, choice: see OrderActions; targets(): the orders that are meant
     * now; whyNot(action, orders): in words, or null. */
    constructor({ grid, everybody, choice, targets, whyNot }) {
        this.#grid = grid;
        this.#everybody = everybody;
        this.#choice = choice;
        this.#targets = targets;
        this.#whyNot = whyNot;
    }

    get isBusy() {
        return this.#isBusy;
    }

    /* The server is there, or there again. */
    reached() {
        this.#reached++;
    }

    /* Orders have changed, or are no more. */
    refresh() {
        if (this.#open) {
            this.#renewQuestion();
        }
    }

    /* Asks, and asks again where what was asked about had changed. A second yes to
     * a cancel means what is shown by then, and what differs from that is left: or
     * it would be asked for ever about those that never stand still. current: the
     * id of the row that is chosen, or null. False: somebody said no, or nothing
     * can be done. */
    async act(action, current) {
        let orders = this.#targets();
        const note = besideWords(current, orders);
        let notes = this.#notes(orders);
        let isAgain = false;

        hush();
        for (;;) {
            const asked = orders;
            const whyNot = () => this.#whyNot(action,
                asked.length ? asked : this.#targets());

            if (objects(whyNot)) {
                return false;
            }
            const meant = await this.#confirmed(action, orders,
                { notes, isAgain, note });

            if (!meant) {
                return false;
            }
            const news = await this.#try(action, meant, isAgain);

            if (!news) {
                return true;
            }
            orders = this.#targets();
            notes = news;
            isAgain = true;
        }
    }

    /* What has become of the orders meanwhile stands in the question. Gives
     * those that are there still: as they were when it was asked first, as they
     * are shown when it is asked again; null: no. */
    async #confirmed(action, orders, words) {
        const asked = question(action, orders, words);

        this.#open = { asked, action, orders, words, meant: orders };
        try {
            return await confirmed(asked) ? this.#open.meant : null;
        } finally {
            this.#open = null;
        }
    }

    #renewQuestion() {
        const { asked, action, orders, words } = this.#open;
        const now = new Map(this.#targets().map((order) => [order.id, order]));
        const present = orders.map((order) => now.get(order.id) ?? order);
        const gone = new Set(orders.map(({ id }) => id)
            .filter((id) => !now.has(id)));
        const news = new Map(words.notes);
        const shown = JSON.stringify([present.map(({ version }) => version),
            [...gone]]);

        for (const [index, order] of orders.entries()) {
            if (!isSameDeal(order, present[index])) {
                news.set(order.id, newsWords(order, present[index]));
            }
        }
        /* A yes is about what was shown when it was said. */
        if (this.#open.shown !== shown && renew(asked, question(action, present,
            { ...words, notes: news, gone }))) {
            this.#open.shown = shown;
            this.#open.meant = (words.isAgain ? present : orders)
                .filter(({ id }) => !gone.has(id));
        }
    }

    /* Where a row is not to be seen. */
    #notes(orders) {
        return new Map(orders.filter(({ id }) => !this.#grid.order(id))
            .map(({ id }) => [id, 'not shown here']));
    }

    /* Gives notes on what changed meanwhile where it is worth to ask again. */
    async #try(action, orders, isAgain) {
        this.#isBusy = true;
        this.onBusy();
        try {
            return await this.#carryOut(action, orders, isAgain);
        } finally {
            this.#isBusy = false;
            this.onBusy();
            /* The button that was pressed was switched off meanwhile. */
            if (isFocusLost()) {
                this.#grid.focusRow(orders[0].id);
            }
        }
    }

    async #carryOut(action, orders, isAgain) {
        const isByOrder = isAgain && action === 'cancel';
        let meant = touched(action, orders);
        let tries = 0;

        while (meant.length <= BULK_MAX && tries < TRIES_MAX &&
            !(isByOrder && meant.length > 1)) {
            try {
                await this.#tell(action, orders, await this.#run(action, meant));
                return null;
            } catch (error) {
                const news = await this.#newsAfter(error, meant);

                if (!news || action !== 'cancel' || !news.isAsMeant) {
                    return news?.notes ?? null;
                }
                meant = news.orders;
                tries++;
            }
        }
        await cancelChunks(meant, orders, {
            size: BULK_MAX, everybody: this.#everybody,
            grid: this.#grid, choice: this.#choice,
        });
        return null;
    }

    /* As #catchUp(); null: it is said what went wrong. */
    async #newsAfter(failure, meant) {
        let error = failure;

        try {
            const news = error instanceof Problem && meant.length > 1
                ? await this.#catchUp(error, meant) : null;

            if (news) {
                return news;
            }
        } catch (other) {
            error = other;
        }
        if (!(error instanceof Problem)) {
            throw error;
        }
        this.#tellFailed(error, meant);
        return null;
    }

    /* Gives {words, left: [{id, detail}]}: what has come of it, and what the
     * server has left as it was. */
    async #run(action, orders) {
        const { done, one } = ACTIONS[action];
        const [first] = orders;

        const tell = (isOut) => say(isOut
            ? `${sentence(namesOf(orders))} ${orders.length === 1 ? 'is'
                : 'are'} being ${done}\u2026` : '');

        if (orders.length === 1) {
            const change = await one(first, tell);

            this.#done(change.isMine ? action : 'cancel', change.order);
            return {
                words: change.isMine
                    ? `${sentence(orderWords(first))} is ${done}`
                    : savedWords(change),
                left: [],
            };
        }
        const { count, orders: changed, left } = await known(
            () => send('POST', '/api/data/bulk/', {
                action,
                orders: orders.map(({ id, version }) => ({ id, version })),
            }), tell, `${namesOf(orders)} were ${done}`);

        changed.forEach((order) => this.#done(action, order));
        return {
            words: `${plural(count, 'order')} ${done}`,
            left: left.map(({ id, status, detail }) => (
                { id, detail: obstacle(action, { status }) ?? detail })),
        };
    }

    /* That the server cannot be reached is true until it is; what nobody knows
     * the outcome of stays so. */
    #tellFailed(error, orders) {
        const before = this.#reached;

        object(faults(error, orders),
            () => !error.isUnreached || this.#reached === before,
            afterwardsOf(error) ?? '');
    }

    /* With those that were left, line by line. */
    async #tell(action, orders, { words, left }) {
        const all = left.concat(orders
            .filter((order) => obstacle(action, order) !== null)
            .map((order) => (
                { id: order.id, detail: obstacle(action, order) })));

        this.#choice?.clear();
        say(`${words.replace(/\.$/, '')}${all.length
            ? `, ${formatCount(all.length)} left as ` +
                `${all.length === 1 ? 'it is' : 'they are'}.` : '.'}`);
        if (all.length) {
            await told(resultWords(at('said').textContent, all, orders));
        }
    }

    #done(action, order) {
        if (action === 'delete') {
            this.#grid.removed(order.id);
        } else {
            this.#grid.show(order);
        }
    }

    /* All or none: they are read again, so that it can be asked again; null where
     * nothing of them has changed. isAsMeant: they have been filled, or are over
     * otherwise, and that is all: a cancel still means the rest of each. orders:
     * those that are there still, as they are now. Throws a Problem. */
    async #catchUp(problem, orders) {
        if (!atFault(problem, orders).length) {
            return null;
        }
        const now = await readAgain(orders, this.#everybody);
        const notes = this.#notes(orders);
        const present = [];
        let isNews = false;
        let isAsMeant = true;

        for (const seen of orders) {
            const order = now.get(seen.id);

            if (!order) {
                this.#grid.removed(seen.id);
                isNews = true;
                isAsMeant = false;
                continue;
            }
            present.push(order);
            if (order.version !== seen.version) {
                notes.set(seen.id, newsWords(seen, order));
                isNews = true;
                isAsMeant &&= isSameDeal(seen, order);
            }
        }
        this.#grid.showAll(present);
        return isNews ? { notes, isAsMeant, orders: present } : null;
    }
}

/* Where something stands in the way, that is said. */
export function objects(whyNot) {
    const reason = whyNot();

    if (reason !== null) {
        object(reason, () => whyNot() === reason);
    }
    return reason !== null;
}

const newsWords = (before, after) =>
    `changed in the meantime: ${newsOf(before, after) || 'and changed back'}`;
