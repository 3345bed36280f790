/*
 * What a narrow screen has no columns for, under the row. A detail that was
 * opened stays open through updates and refreshes, as long as its row is
 * shown.
 */
import { DETAILS } from '../orders/columns.js';
import { element } from '../lib/dom.js';

export class RowDetails {
    #open = new Set();

    /* The button that opens it. */
    button(id) {
        const button = element('button', { class: 'fold' });

        button.type = 'button';
        button.setAttribute('aria-label', 'Details');
        button.setAttribute('aria-expanded', String(this.#open.has(id)));
        return button;
    }

    /* row: one row of the DataTables API. */
    toggle(row) {
        const { id } = row.data();
        const open = !this.#open.has(id);

        if (open) {
            this.#open.add(id);
            this.refresh(row);
        } else {
            this.#open.delete(id);
            row.child.remove();
        }
        row.node().querySelector('.fold')
            .setAttribute('aria-expanded', String(open));
    }

    refresh(row) {
        const order = row.data();

        if (this.#open.has(order.id)) {
            row.child(detailOf(order), 'detail').show();
        }
    }

    /* After a draw: find(id) gives the row of an order, or null. */
    restore(find) {
        for (const id of this.#open) {
            const row = find(id);

            if (row) {
                this.refresh(row);
            } else {
                this.#open.delete(id);
            }
        }
    }
}

function detailOf(order) {
    const list = element('dl', { class: 'row-detail' });

    for (const { field, title, words } of DETAILS) {
        const value = order[field];

        if (value !== null && value !== undefined) {
            const told = element('dd');

            told.append(words(value, order));
            list.append(element('dt', {}, title), told);
        }
    }
    return list;
}
