/*
 * What the user does with the rows of a grid of orders: a click, an arrow or
 * Enter means the order of that row from then on, a box one of several.
 */
import { orderIdOf } from './orders_table.js';
import { hushUntrue, object } from './said.js';

export class RowActs {
    #table;
    #current;
    #choice;
    #pointer;
    #enter;

    /* table: OrdersTable; current: CurrentOrder; choice: OrderChoice, or null;
     * pointer: PointerHold; enter(field): the chosen order is to be changed, by this field of it or,
     * null, by any. */
    constructor(table, { current, choice, pointer, enter }) {
        const { body } = table;

        this.#table = table;
        this.#current = current;
        this.#choice = choice;
        this.#pointer = pointer;
        this.#enter = enter;
        body.addEventListener('click', (event) => this.#click(event));
        body.addEventListener('dblclick', (event) => this.#open(event));
        body.addEventListener('keydown', (event) => this.#key(event));
    }

    /* By Tab the focus comes to a row, but what is chosen stays so. */
    choose(rowId, { byTab = false } = {}) {
        const id = orderIdOf(rowId);

        if (byTab && this.#current.id !== null) {
            return;
        }
        if (this.#table.isGone(id)) {
            this.#current.clear();
        } else if (this.#current.id !== id) {
            this.#current.choose(this.#table.row(id).data());
        }
    }

    /* Enter and Space act on the chosen order, wherever the focus is; where
     * there is none they choose that of the row. */
    #key(event) {
        if (!event.target.matches('tr[id]')) {
            return;
        }
        if (event.key === 'Escape') {
            this.#current.clear();
        } else if (event.key !== 'Enter' && event.key !== ' ') {
            return;
        } else if (this.#current.id === null) {
            this.choose(event.target.id);
        } else if (event.key === 'Enter') {
            this.#enter(null);
        } else {
            this.#choice?.toggle(this.#current.order);
        }
        event.preventDefault();
    }

    #click(event) {
        const node = event.target.closest('tr[id]');
        const row = this.#table.rowAt(node);

        if (!row) {
            return;
        }
        if (this.#isStray(event)) {
            event.preventDefault();
            object('The rows moved under the pointer just then, so nothing ' +
                'was done. Click again.', () => this.#pointer.isStray);
            return;
        }
        hushUntrue();
        if (event.target.closest('.fold')) {
            this.#table.toggleDetail(row);
        } else if (event.target.closest('.choose')) {
            this.#choice.toggle(row.data(), event.target.checked);
            node.focus({ preventScroll: true });
            this.choose(node.id);
        } else if (getSelection().isCollapsed) {
            node.focus({ preventScroll: true });
            this.choose(node.id);
        }
    }

    /* Not one that a key makes. */
    #isStray({ detail }) {
        return detail > 0 && this.#pointer.isStray;
    }

    #open(event) {
        const field = fieldOf(event.target);
        const node = event.target.closest('tr[id]');

        if (node && field !== 'choose' && !event.target.closest('.fold') &&
            !this.#isStray(event)) {
            getSelection().removeAllRanges();
            this.choose(node.id);
            if (this.#current.id !== null) {
                this.#enter(field);
            }
        }
    }
}

function fieldOf(node) {
    return /\bcol-(\w+)/.exec(node.closest('td')?.className ?? '')?.[1] ?? null;
}
