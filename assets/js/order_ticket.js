/*
 * The order ticket: one form for a new order and for all fields of one that is
 * there. The owner may set less than staff; the rest is not offered.
 */
import { send } from './api.js';
import { startDialog } from './dialogs.js';
import { at } from './dom.js';
import { Form } from './form.js';
import { changeOrder } from './order_change.js';

/* What an empty field of the form stands for. */
const NULLS = new Set(['average_price', 'client_order_id']);

export class OrderTicket {
    #dialog = at('ticket');
    #form;
    #seen = null; /* the order that is changed; null: a new one */
    #everybody;

    /* everybody: staff's fields too. placed(order); changed({order, isMine}). */
    constructor({ everybody, placed, changed }) {
        this.#everybody = everybody;
        this.#form = new Form(this.#dialog.querySelector('form'), {
            send: (values) => this.#send(values),
            done: (answer) => {
                this.#dialog.close();
                if (this.#seen === null) {
                    placed(answer);
                } else if (answer) {
                    changed(answer);
                }
            },
        });
        startDialog(this.#dialog);
    }

    place() {
        this.#open(null, 'New order', 'Place order');
    }

    change(order) {
        this.#open(order, `Change order ${order.id}`, 'Save changes');
        this.#form.fill(order);
        this.#form.elements.quantity.select();
    }

    #open(order, title, verb) {
        this.#seen = order;
        this.#form.reset();
        at('ticket-title').textContent = title;
        this.#form.verb = verb;
        for (const part of this.#dialog.querySelectorAll(
            '[data-staff], [data-changing]')) {
            const shown = (this.#everybody || !('staff' in part.dataset)) &&
                (order !== null || !('changing' in part.dataset));

            part.hidden = !shown;
            for (const field of part.querySelectorAll('input, select')) {
                field.disabled = !shown;
            }
        }
        this.#dialog.showModal();
    }

    #send(values) {
        if (this.#seen === null) {
            return send('POST', '/api/data/', Object.fromEntries(
                Object.entries(values).filter(([, value]) => value !== '')));
        }
        const changes = changesOf(this.#seen, values);

        return Object.keys(changes).length
            ? changeOrder(this.#seen, changes)
            : null;
    }
}

/* The fields that are not as they were. */
function changesOf(order, values) {
    return Object.fromEntries(Object.entries(values)
        .map(([name, value]) => [
            name, value === '' && NULLS.has(name) ? null : value,
        ])
        .filter(([name, value]) => (order[name] ?? null) !== value));
}
