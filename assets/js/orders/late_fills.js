/*
 * What was canceled may be filled all the same, or be open again: the market was
 * faster, and staff say so later. Who canceled it counts on it no more, so that
 * is said until he has read it.
 */
import { compareDecimals } from '../lib/decimal.js';
import { at } from '../lib/dom.js';
import { sentence } from '../lib/form.js';
import { filledWords, isOpen } from './order_state.js';
import { orderWords } from './order_words.js';

const SEEN_MAX = 5000;
const TOLD_MAX = 3;

export class LateFills {
    #seen = new Map(); /* id -> the order, as it was seen canceled */
    #told = new Map(); /* id -> the order, as it is said */
    #isOurs;

    /* isOurs(order): is it to be said of this one? */
    constructor(isOurs = () => true) {
        this.#isOurs = isOurs;
        at('late-fills-read').addEventListener('click', () => {
            this.#told.clear();
            this.#tell();
        });
    }

    /* An order as it is. before: its status before that, where it is known. */
    see(order, before = null) {
        const { id, status, version } = order;
        const seen = this.#seen.get(id) ?? this.#told.get(id);

        if (seen && !(version > seen.version)) {
            return;
        }
        if ((seen || before === 'canceled') && this.#isOurs(order) &&
            isMore(order, seen)) {
            this.#seen.delete(id);
            this.#told.set(id, order);
            this.#tell();
        } else if (status === 'canceled') {
            this.#seen.delete(id);
            this.#seen.set(id, order);
            if (this.#seen.size > SEEN_MAX) {
                this.#seen.delete(this.#seen.keys().next().value);
            }
        }
    }

    #tell() {
        const told = [...this.#told.values()];
        const words = told.slice(-TOLD_MAX).map((order) => `${sentence(
            orderWords(order))} was canceled, but ${becameWords(order)}.`);
        const more = told.length - words.length;

        at('late-fills').hidden = !told.length;
        at('late-fills-text').textContent = words.join(' ') +
            (more > 0 ? ` So did ${more} before.` : '');
    }
}

/* Is there more of it than of what was canceled? */
const isMore = (order, seen) => order.status === 'filled' || isOpen(order) ||
    (seen && compareDecimals(order.filled_quantity,
        seen.filled_quantity) > 0);

function becameWords(order) {
    return order.status === 'new' ? 'is open again'
        : `has been filled since: ${filledWords(order)}`;
}
