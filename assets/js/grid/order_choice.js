/*
 * Which orders are chosen, by their boxes: they stay chosen on other pages of
 * the grid and behind its filters, until they are acted on or taken back.
 */
import { element } from '../lib/dom.js';

export class OrderChoice {
    #orders = new Map();
    #page = boxOf('', 'Select this page');

    onChange = () => {};

    get orders() {
        return [...this.#orders.values()];
    }

    has(id) {
        return this.#orders.has(id);
    }

    toggle(order) {
        this.set([order], !this.has(order.id));
    }

    set(orders, chosen) {
        for (const order of orders) {
            if (chosen) {
                this.#orders.set(order.id, order);
            } else {
                this.#orders.delete(order.id);
            }
        }
        if (orders.length) {
            this.#tell();
        }
    }

    clear() {
        this.#orders.clear();
        this.#tell();
    }

    /* As they are now; those that are not chosen don't matter. */
    update(orders) {
        const chosen = orders.filter(({ id, version }) =>
            this.#orders.get(id)?.version < version);

        for (const order of chosen) {
            this.#orders.set(order.id, order);
        }
        if (chosen.length) {
            this.#tell();
        }
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

    /* In the column's head; shown(): the orders that its box means. */
    startPage(shown) {
        const label = element('label', { class: 'choose-page' });

        this.#page.id = this.#page.dataset.testid = 'choose-page';
        this.#page.addEventListener('change', () =>
            this.set(shown(), this.#page.checked));
        label.append(this.#page);
        document.querySelector('#orders th.col-choose').append(label);
    }

    /* The first column of a grid. */
    get column() {
        return {
            field: 'id',
            name: 'choose',
            isFixed: true,
            title: 'Select',
            orderable: false,
            searchable: false,
            cell: (id) => {
                const box = boxOf('choose', `Select order ${id}`);

                box.checked = this.has(id);
                box.tabIndex = -1;
                return box;
            },
        };
    }

    #tell() {
        this.tick();
        this.onChange();
    }

    /* Other rows are shown: their boxes, and the one of all of them. */
    tick() {
        const boxes = [...document.querySelectorAll('#orders .choose')];

        for (const box of boxes) {
            const id = Number(box.closest('tr').id.replace('order-', ''));

            box.checked = this.has(id);
        }
        const chosen = boxes.filter(({ checked }) => checked).length;

        this.#page.checked = chosen > 0 && chosen === boxes.length;
        this.#page.indeterminate = chosen > 0 && chosen < boxes.length;
    }
}

function boxOf(className, label) {
    const box = element('input', { class: className });

    box.type = 'checkbox';
    box.setAttribute('aria-label', label);
    return box;
}
