/*
 * What can be done with orders, by button or key: those chosen by their boxes,
 * or the one that is chosen by its row. Each action says what it has come to
 * beside its button.
 */
import { ACTIONS, AskedOrders, BULK_MAX, objects } from './asked_orders.js';
import { ChangeMany } from './change_many.js';
import { say } from '../lib/dialogs.js';
import { at, plural } from '../lib/dom.js';
import { sentence } from '../lib/form.js';
import { takeKept } from '../lib/kept.js';
import { forgetStrangers } from '../orders/known_instrument.js';
import { may, onMe } from '../page/me.js';
import { offer } from './offer.js';
import { savedWords } from './order_change.js';
import { OrderHistory } from '../orders/order_history.js';
import { orderGone, orderNews } from '../orders/order_news.js';
import { touched } from './order_question.js';
import { obstacle } from '../orders/order_state.js';
import { OrderTicket } from './order_ticket.js';
import { orderWords } from '../orders/order_words.js';
import { PlacedOrder } from './placed_order.js';
import { hush, hushError, hushUntrue } from './said.js';
import { TicketQuote } from './ticket_quote.js';

const NONE = 'Select a row first.';

const DENIED = {
    add: 'You may not add orders.',
    change: 'You may not change orders.',
    delete: 'You may not remove orders.',
};

export class OrderActions {
    #grid;
    #current;
    #choice;
    #ticket;
    #history = new OrderHistory();
    #placed;
    #many; /* ChangeMany, or null */
    #asked; /* AskedOrders */
    #quote = new TicketQuote();
    #meant = ''; /* ids of what actions would be about */

    /* everybody: all users' orders, with all of their fields; current:
     * CurrentOrder; choice: OrderChoice, where several may be chosen. */
    constructor(grid, { everybody, current, choice = null }) {
        this.#grid = grid;
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
        this.#asked = new AskedOrders({
            grid, everybody, choice,
            targets: () => this.#targets(),
            whyNot: (action, orders) => this.#whyNot(action, orders),
        });
        this.#asked.onBusy = () => this.refresh();
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
        at('order-copy').addEventListener('click', () => this.copy());
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
            d: () => this.#byKey(() => this.copy()),
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
        this.#asked.reached();
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

    /* A new order like the one of the row. */
    copy() {
        if (this.#begins(() => this.#whyNotCopy())) {
            this.#ticket.copy(this.#current.order);
        }
    }

    history() {
        if (this.#begins(() => this.#whyNotHistory())) {
            this.#history.open(this.#current.order);
        }
    }

    /* False: somebody said no, or nothing can be done. */
    cancel() {
        return this.#asked.act('cancel', this.#current.id);
    }

    /* Where it is not, that is said. */
    mayCancel() {
        return this.#begins(() => this.#whyNotCancel());
    }

    remove() {
        this.#asked.act('delete', this.#current.id);
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
        offer('order-copy', order ? `Copy order ${order.id}` : 'Copy',
            'A new order with the same values (d)', this.#whyNotCopy());
        offer('order-history', order ? `History of ${order.id}` : 'History',
            'Show its history (h)', this.#whyNotHistory());
        offer('order-cancel-all', 'Cancel all\u2026',
            'All open orders, of an instrument or a side: lists them first',
            this.#whyNotCancel());
        for (const action of Object.keys(ACTIONS)) {
            this.#offer(action);
        }
        this.#asked.refresh();
        this.#many?.refresh();
        hushUntrue();
    }

    /* The next action: whyNot() is null, or says what stands in its way. */
    #begins(whyNot) {
        hush();
        return !objects(whyNot);
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
        return this.#asked.isBusy || (this.#many?.isBusy ?? false);
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

    #whyNotCopy() {
        return this.#whyNotPlace() ?? (this.#current.order ? null : NONE);
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
}
