/*
 * Beside the tools: what they apply to, where the rows alone don't show it.
 */
import { at } from '../lib/dom.js';
import { sentence } from '../lib/form.js';
import { formatCount } from '../lib/format.js';
import { orderWords } from '../orders/order_words.js';

export class ChosenBar {
    #grid;
    #current;
    #choice;

    /* choice: OrderChoice, or null. */
    constructor({ grid, current, choice = null }) {
        this.#grid = grid;
        this.#current = current;
        this.#choice = choice;
        at('chosen-clear').addEventListener('click', () => {
            choice?.clear();
            current.clear();
        });
    }

    refresh() {
        const words = this.#words();

        at('chosen').hidden = words === '';
        if (at('chosen-count').textContent !== words) {
            at('chosen-count').textContent = words;
            at('chosen-count').title = this.#current.order
                ? sentence(orderWords(this.#current.order)) : '';
        }
    }

    #words() {
        const orders = this.#choice?.orders ?? [];
        const { order } = this.#current;

        if (orders.length) {
            const hidden = orders.filter(
                ({ id }) => !this.#grid.order(id)).length;

            return `${formatCount(orders.length)} selected` +
                (hidden ? `, ${formatCount(hidden)} not shown` : '');
        }
        return order && !this.#grid.order(order.id)
            ? `Order ${order.id} selected, not shown`
            : '';
    }
}
