/*
 * What has become of one order, newest first, in a drawer beside the grid. Which
 * order's is open stands in the address.
 */
import { addressGet, addressMend, addressPut, onAddress } from '../lib/address.js';
import { Problem, getJson, pathOf } from '../lib/api.js';
import { served } from '../lib/base.js';
import { openDialog, startDialog } from '../lib/dialogs.js';
import { at } from '../lib/dom.js';
import { historyItem } from './history_item.js';

export class OrderHistory {
    #dialog = at('history');
    #next = null;
    #asked = 0;
    #shown = ''; /* the order's id; '': none */

    constructor() {
        startDialog(this.#dialog);
        at('history-more').addEventListener('click', () => this.#more());
        this.#dialog.addEventListener('close', () => this.#closed());
        onAddress(() => this.#goThere());
        this.#goThere();
    }

    open({ id }) {
        addressPut({ history: String(id) });
        this.#show(String(id));
    }

    #show(id) {
        this.#shown = id;
        at('history-title').textContent = `History of order ${id}`;
        at('history-page').href = served(`/orders/${id}/`);
        at('history-list').replaceChildren();
        at('history-more').hidden = true;
        this.#next = `/api/data/${id}/history/`;
        if (!this.#dialog.open) {
            openDialog(this.#dialog);
        }
        this.#more();
    }

    /* The event comes late: it may be open again. */
    #closed() {
        if (!this.#dialog.open) {
            this.#shown = '';
            addressPut({ history: '' });
        }
    }

    /* The address says whose is to be open. */
    #goThere() {
        const id = addressGet('history');

        if (id !== '' && !/^[1-9]\d*$/.test(id)) {
            addressMend({ history: '' });
            return;
        }
        if (id === this.#shown) {
            return;
        }
        if (id === '') {
            this.#dialog.close();
        } else {
            this.#show(id);
        }
    }

    async #more() {
        const asked = ++this.#asked;
        const more = at('history-more');

        at('history-error').textContent = '';
        more.hidden = true;
        more.textContent = 'Show older';
        try {
            const { results, next } = await getJson(this.#next);

            if (asked !== this.#asked) {
                return;
            }
            this.#next = pathOf(next);
            at('history-list').append(...results.map(historyItem));
            more.hidden = !next;
        } catch (error) {
            if (!(error instanceof Problem)) {
                throw error;
            }
            if (asked === this.#asked) {
                at('history-error').textContent =
                    `The history could not be loaded: ${error.message}.`;
                more.textContent = 'Try again';
                more.hidden = error.status === 404;
            }
        }
    }
}
