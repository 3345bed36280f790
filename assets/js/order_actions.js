/*
 * What can be done with orders, by button or key: those chosen by their boxes,
 * or the one that is chosen by its row. Each action says what it has come to
 * beside its button.
 */
import { Problem, send } from './api.js';
import { atFault, faults } from './bulk_faults.js';
import { cancelChunks } from './cancel_chunks.js';
import { ChangeMany } from './change_many.js';
import { confirmed, renew, say, told } from './dialogs.js';
import { at, isFocusLost, plural } from './dom.js';
import { sentence } from './form.js';
import { formatCount } from './format.js';
import { takeKept } from './kept.js';
import { forgetStrangers } from './known_instrument.js';
import { may, onMe } from './me.js';
import { offer } from './offer.js';
import {
    changeOrder, known, readOrder, removeOrder, savedWords,
} from './order_change.js';
import { OrderHistory } from './order_history.js';
import { orderGone, orderNews } from './order_news.js';
import { besideWords, question, resultWords, touched } from './order_question.js';
import { isSameDeal, newsOf, obstacle } from './order_state.js';
import { OrderTicket } from './order_ticket.js';
import { namesOf, orderWords } from './order_words.js';
import { PlacedOrder } from './placed_order.js';
import { hush, hushError, hushUntrue, object } from './said.js';
import { TicketQuote } from './ticket_quote.js';

const BULK_MAX = 1000;
const NONE = 'Select a row first.';

const ACTIONS = {
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

const DENIED = {
    add: 'You may not add orders.',
    change: 'You may not change orders.',
    delete: 'You may not remove orders.',
};

export class OrderActions {
    #grid;
    #everybody;
    #current;
    #choice;
    #ticket;
    #history = new OrderHistory();
    #placed;
    #many; /* ChangeMany, or null */
    #quote = new TicketQuote();
    #busy = false;
    /* {asked, action, orders, words, shown, meant}; words: what question() takes
     * beside them; meant: those that are there still. */
    #open = null;
    #reached = 0; /* how often it was seen that the server is there */
    #meant = ''; /* ids of what actions would be about */

    /* everybody: all users' orders, with all of their fields; current:
     * CurrentOrder; choice: OrderChoice, where several may be chosen. */
    constructor(grid, { everybody, current, choice = null }) {
        this.#grid = grid;
        this.#everybody = everybody;
        this.#current = current;
        this.#choice = choice;
        this.#placed = new PlacedOrder(
            grid, (order) => this.#history.open(order));
        this.#ticket = new OrderTicket({
            everybody,
            quote: this.#quote,
            placed: (order) => {
                forgetStrangers();
                this.#placed.tell(order);
            },
            changed: (change) => {
                say(savedWords(change));
                grid.show(change.order);
            },
        });
        this.#many = choice && new ChangeMany({ grid, choice, everybody });
        if (choice) {
            this.#many.onBusy = () => this.refresh();
        }
        onMe(() => this.refresh());
        grid.onLost = (order) => {
            this.#ticket.lost(order);
            say(`${sentence(orderWords(order))}, which was selected, has ` +
                `been removed.${this.#targets().length ? ''
                    : ' Nothing is selected now.'}`);
            orderGone(order.id);
        };
        at('order-new').addEventListener('click', () => this.place());
        at('order-change').addEventListener('click',
            () => this.changeChosen());
        at('order-cancel').addEventListener('click', () => this.cancel());
        at('order-remove').addEventListener('click', () => this.remove());
        at('order-history').addEventListener('click', () => this.history());
        this.refresh();
    }

    /* LineQuotes, to be connected. */
    get quotes() {
        return this.#quote.line;
    }

    /* Rows have come, gone or moved. */
    drawn() {
        this.#placed.refresh();
    }

    get keys() {
        return {
            n: () => this.place(),
            e: () => this.#byKey(() => this.changeChosen(), this.#several),
            c: () => this.#byKey(() => this.cancel(), this.#choice?.orders),
            Delete: () =>
                this.#byKey(() => this.remove(), this.#choice?.orders),
            h: () => this.#byKey(() => this.history()),
        };
    }

    /* What is chosen by a row is left alone where another row has the focus.
     * several: those with a box, where it is about them. */
    #byKey(act, several = []) {
        if (several.length || this.#begins(() => this.#whyNotHere())) {
            act();
        }
    }

    #whyNotHere() {
        const { id } = this.#current;
        const { focusedId } = this.#grid;

        return id === null || focusedId === null || focusedId === id ? null
            : `Order ${id} is selected, but the focus is on order ` +
                `${focusedId}. Press Enter to select that one.`;
    }

    /* The server is there, or there again. */
    reached() {
        this.#reached++;
        this.#ticket.reached();
        hushUntrue();
    }

    /* An event: a question that is open may be about its order. */
    hear({ type, order }) {
        if (type === 'data.delete') {
            orderGone(order.id);
        } else {
            orderNews(order);
        }
    }

    /* With what was typed when the login ended. */
    async goOn() {
        const order = await this.#ticket.goOn();
        const unsaved = takeKept('cell') ?? takeKept('many');

        if (order) {
            this.#current.choose(order);
        }
        if (unsaved) {
            say(unsaved, true);
        }
    }

    place() {
        if (this.#begins(() => this.#whyNotPlace())) {
            this.#ticket.place();
        }
    }

    /* field: the one that is meant, or null. */
    change(field = null) {
        if (this.#begins(() => this.#whyNotChange())) {
            this.#ticket.change(this.#current.order, field);
        }
    }

    /* Those with a box, where there are several of them. */
    changeChosen() {
        if (!this.#several.length) {
            this.change();
        } else if (this.#begins(() => this.#whyNotMany())) {
            this.#many.open();
        }
    }

    history() {
        if (this.#begins(() => this.#whyNotHistory())) {
            this.#history.open(this.#current.order);
        }
    }

    /* False: somebody said no, or nothing can be done. */
    cancel() {
        return this.#act('cancel');
    }

    /* Where it is not, that is said. */
    mayCancel() {
        return this.#begins(() => this.#whyNotCancel());
    }

    remove() {
        this.#act('delete');
    }

    /* The buttons offer what can be done now. */
    refresh() {
        const { order } = this.#current;

        if (order) {
            this.#ticket.note(order);
        }
        const meant = [...this.#choice?.orders ?? [], ...order ? [order] : []];
        const ids = meant.map((one) => one.id).join();

        meant.forEach(orderNews);
        if (ids !== this.#meant) {
            this.#meant = ids;
            hushError(); /* it was about others */
        }
        offer('order-new', 'New order', 'New order (n)', this.#whyNotPlace());
        this.#offerChange();
        offer('order-history', order ? `History of ${order.id}` : 'History',
            'Show its history (h)', this.#whyNotHistory());
        offer('order-cancel-all', 'Cancel all\u2026',
            'All open orders, of an instrument or a side: lists them first',
            this.#whyNotCancel());
        for (const action of Object.keys(ACTIONS)) {
            this.#offer(action);
        }
        if (this.#open) {
            this.#renewQuestion();
        }
        this.#many?.refresh();
        hushUntrue();
    }

    /* The next action: whyNot() is null, or says what stands in its way. */
    #begins(whyNot) {
        hush();
        return !this.#objects(whyNot);
    }

    #objects(whyNot) {
        const reason = whyNot();

        if (reason !== null) {
            object(reason, () => whyNot() === reason);
        }
        return reason !== null;
    }

    #offerChange() {
        const { order } = this.#current;
        const { length } = this.#several;

        if (length) {
            offer('order-change', `Change ${plural(length, 'order')}\u2026`,
                'Their price or quantity: lists them first (e)',
                this.#whyNotMany());
        } else {
            offer('order-change', order ? `Change order ${order.id}` : 'Change',
                'All fields (e)', this.#whyNotChange());
        }
    }

    #offer(action) {
        const { button, key, verb } = ACTIONS[action];
        const orders = this.#targets();
        const count = touched(action, orders).length;
        const [{ id } = {}] = orders;

        offer(button, orders.length > 1 ? `${verb} ${plural(count, 'order')}`
            : orders.length ? `${verb} order ${id}` : verb,
        `Asks before it does so (${key})`, this.#whyNot(action, orders));
    }

    /* Those with a box, else the one of the row. */
    #targets() {
        const chosen = this.#choice?.orders ?? [];

        return chosen.length ? chosen : [this.#current.order].filter(Boolean);
    }

    /* Those with a box, unless that is one alone. */
    get #several() {
        const chosen = this.#choice?.orders ?? [];

        return chosen.length > 1 ? chosen : [];
    }

    #whyNotMany() {
        if (!may('change')) {
            return DENIED.change;
        }
        return this.#whyTooMany(this.#several) ??
            (this.#isBusy ? 'One moment.' : null);
    }

    #whyTooMany = ({ length }) => (length > BULK_MAX
        ? `At most ${plural(BULK_MAX, 'order')} at once.` : null);

    get #isBusy() {
        return this.#busy || (this.#many?.isBusy ?? false);
    }

    /* In words, or null. */
    #whyNot(action, orders) {
        const { right, done } = ACTIONS[action];

        if (!may(right)) {
            return DENIED[right];
        }
        if (!orders.length) {
            return NONE;
        }
        const tooMany = action === 'cancel' ? null : this.#whyTooMany(orders);

        if (tooMany) {
            return tooMany;
        }
        if (touched(action, orders).length) {
            return this.#isBusy ? 'One moment.' : null;
        }
        return orders.length === 1
            ? `${sentence(orderWords(orders[0]))} ` +
                `${obstacle(action, orders[0])}.`
            : `None of these can be ${done}.`;
    }

    #whyNotCancel() {
        return may('change') ? null : DENIED.change;
    }

    #whyNotPlace() {
        return may('add') ? null : DENIED.add;
    }

    #whyNotHistory() {
        return this.#current.order ? null : NONE;
    }

    #whyNotChange() {
        const { order } = this.#current;
        const reason = order && obstacle('change', order);

        if (!may('change')) {
            return DENIED.change;
        }
        return !order ? NONE
            : reason && `${sentence(orderWords(order))} ${reason}.`;
    }

    /* Asks, and asks again where what was asked about had changed. A second
     * yes means the orders, whatever becomes of them: or it would be asked for
     * ever about those that never stand still. */
    async #act(action) {
        let orders = this.#targets();
        const note = besideWords(this.#current.id, orders);
        let notes = this.#notes(orders);
        let isAgain = false;

        hush();
        for (;;) {
            const asked = orders;

            if (this.#objects(() => this.#whyNot(action,
                asked.length ? asked : this.#targets()))) {
                return false;
            }
            const meant = await this.#confirmed(action, orders,
                { notes, isAgain, note });

            if (!meant) {
                return false;
            }
            const news = await this.#try(action,
                isAgain ? meant.map(atAnyVersion) : meant);

            if (!news) {
                return true;
            }
            orders = this.#targets();
            notes = news;
            isAgain = true;
        }
    }

    /* What has become of the orders meanwhile stands in the question. Gives
     * those that are there still, at the versions that were asked about; null:
     * no. */
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
        if (this.#open.shown !== shown) {
            this.#open.shown = shown;
            this.#open.meant = orders.filter(({ id }) => !gone.has(id));
            renew(asked, question(action, present,
                { ...words, notes: news, gone }));
        }
    }

    /* Where a row is not to be seen. */
    #notes(orders) {
        return new Map(orders.filter(({ id }) => !this.#grid.order(id))
            .map(({ id }) => [id, 'not shown here']));
    }

    /* Gives notes on what changed meanwhile where it is worth to ask again. */
    async #try(action, orders) {
        this.#busy = true;
        this.refresh();
        try {
            return await this.#carryOut(action, orders);
        } finally {
            this.#busy = false;
            this.refresh();
            /* The button that was pressed was switched off meanwhile. */
            if (isFocusLost()) {
                this.#grid.focusRow(orders[0].id);
            }
        }
    }

    async #carryOut(action, orders) {
        let meant = touched(action, orders);

        if (meant.length > BULK_MAX) {
            await cancelChunks(meant, orders, {
                size: BULK_MAX, everybody: this.#everybody,
                grid: this.#grid, choice: this.#choice,
            });
            return null;
        }

        for (;;) {
            try {
                const outcome = await this.#run(action, meant);

                await this.#tell(action, orders, outcome);
                return null;
            } catch (error) {
                if (!(error instanceof Problem)) {
                    throw error;
                }
                /* Without a version it was not that somebody was faster. */
                const news = meant.length > 1 && meant[0].version !== undefined
                    ? await this.#catchUp(error, meant) : null;

                if (!news) {
                    this.#tellFailed(error, meant);
                    return null;
                }
                if (action !== 'cancel' || !news.isAsMeant) {
                    return news.notes;
                }
                meant = news.orders;
            }
        }
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

    /* That the server cannot be reached is true until it is. */
    #tellFailed(error, orders) {
        const before = this.#reached;

        object(faults(error, orders),
            () => !error.isUnreached || this.#reached === before);
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

    /* All or none: those in the way are read again, so that it can be asked
     * again; null where nothing of them has changed. isAsMeant: they have been
     * filled, or are over otherwise, and that is all: a cancel still means the
     * rest of each. orders: all of them, at their present versions. */
    async #catchUp(problem, orders) {
        const notes = this.#notes(orders);
        const present = new Map(orders.map((order) => [order.id, order]));
        let isNews = false;
        let isAsMeant = true;

        for (const seen of atFault(problem, orders)) {
            const now = await readOrder(seen.id);

            if (!now) {
                this.#grid.removed(seen.id);
                isNews = true;
                isAsMeant = false;
            } else if (now.version !== seen.version) {
                this.#grid.show(now);
                present.set(now.id, now);
                notes.set(seen.id, newsWords(seen, now));
                isNews = true;
                isAsMeant &&= isSameDeal(seen, now);
            }
        }
        return isNews ? { notes, isAsMeant, orders: [...present.values()] }
            : null;
    }
}

const atAnyVersion = (order) => ({ ...order, version: undefined });

const newsWords = (before, after) =>
    `changed in the meantime: ${newsOf(before, after) || 'and changed back'}`;
