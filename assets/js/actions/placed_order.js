/*
 * The order that the user has placed last: its row is marked where it is shown,
 * and a button leads there, or else to its history; where what is searched or
 * filtered for leaves it out, that is said.
 */
import { getJson, ignoreProblem } from '../lib/api.js';
import { say } from '../lib/dialogs.js';
import { at, button, element } from '../lib/dom.js';
import { sentence } from '../lib/form.js';
import { orderWords } from '../orders/order_words.js';

export class PlacedOrder {
    #grid;
    #history;
    #order = null;
    #isAmong = true; /* those that are searched and filtered for */
    #isSought = false; /* it is gone to when it is there */
    #hasLooked = false; /* among those that wait to be shown */

    /* history(order): shows it. */
    constructor(grid, history) {
        this.#grid = grid;
        this.#history = history;
    }

    tell(order) {
        this.#order = order;
        this.#isAmong = true;
        this.#isSought = this.#hasLooked = false;
        say(`${sentence(orderWords(order))} is placed.`);
        at('said').append(' ', element('span', { class: 'placed-where' }), ' ',
            button('Show it', () => this.#show(), 'placed-show'));
        this.#grid.placed(order);
        this.refresh();
        this.#tellWhere(order).catch(ignoreProblem);
    }

    /* Rows have come, gone or moved. */
    refresh() {
        const node = this.#order && this.#grid.node(this.#order.id);

        for (const other of document.querySelectorAll('.is-placed')) {
            other.classList.toggle('is-placed', other === node);
        }
        node?.classList.add('is-placed');
        if (node && this.#isSought) {
            this.#isSought = false;
            node.scrollIntoView({ block: 'nearest' });
            node.focus({ preventScroll: true });
        }
    }

    async #tellWhere(order) {
        const url = this.#grid.amongUrl(order.id);

        if (url === null || (await getJson(url)).count ||
            this.#order !== order) {
            return;
        }
        const where = at('said').querySelector('.placed-where');

        this.#isAmong = false;
        if (where) {
            where.textContent =
                'It is not among those searched or filtered for.';
        }
    }

    #show() {
        const { id } = this.#order;

        this.#isSought = Boolean(this.#grid.node(id));
        if (!this.#isSought && this.#isAmong && !this.#hasLooked &&
            this.#grid.isWaiting(id)) {
            this.#isSought = this.#hasLooked = true;
            this.#grid.showWaiting();
        } else if (!this.#isSought) {
            this.#history(this.#order);
        }
        this.refresh();
    }
}
