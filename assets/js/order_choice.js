/*
 * Which orders are chosen, by their boxes: they stay chosen on other pages of
 * the grid and behind its filters, until they are acted on or taken back.
 */
import { at, element } from './dom.js';

export class OrderChoice {
    #orders = new Map();

    onChange = () => {};

    get orders() {
        return [...this.#orders.values()];
    }

    has(id) {
        return this.#orders.has(id);
    }

    toggle(order, chosen = !this.has(order.id)) {
        if (chosen) {
            this.#orders.set(order.id, order);
        } else {
            this.#orders.delete(order.id);
        }
        this.#tell();
    }

    clear() {
        this.#orders.clear();
        this.#tell();
    }

    /* As they are now; those that are not chosen don't matter. */
    update(orders) {
        for (const order of orders) {
            if (this.#orders.get(order.id)?.version <= order.version) {
                this.#orders.set(order.id, order);
            }
        }
        this.#tell();
    }

    /* The order is no more. Gives it where it was chosen, else null. */
    forget(id) {
        const order = this.#orders.get(id) ?? null;

        if (order) {
            this.#orders.delete(id);
            this.#tell();
        }
        return order;
    }

    /* The first column of a grid. */
    get column() {
        return {
            field: 'id',
            name: 'choose',
            title: 'Select',
            orderable: false,
            searchable: false,
            cell: (id) => {
                const box = element('input', 'choose');

                box.type = 'checkbox';
                box.checked = this.has(id);
                box.tabIndex = -1;
                box.setAttribute('aria-label', `Select order ${id}`);
                return box;
            },
        };
    }

    #tell() {
        const boxes = [...document.querySelectorAll('#orders .choose')];

        for (const box of boxes) {
            const id = Number(box.closest('tr').id.replace('order-', ''));

            box.checked = this.has(id);
        }
        const chosen = boxes.filter(({ checked }) => checked).length;

        at('choose-page').checked = chosen > 0 && chosen === boxes.length;
        at('choose-page').indeterminate = chosen > 0 && chosen < boxes.length;
        this.onChange();
    }
}
