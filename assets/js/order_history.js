/*
 * What has become of one order, newest first, in a drawer beside the grid.
 */
import { Problem, getJson, pathOf } from './api.js';
import { served } from './base.js';
import { openDialog, startDialog } from './dialogs.js';
import { at } from './dom.js';
import { historyItem } from './history_item.js';

export class OrderHistory {
    #dialog = at('history');
    #next = null;
    #asked = 0;

    constructor() {
        startDialog(this.#dialog);
        at('history-more').addEventListener('click', () => this.#more());
    }

    open(order) {
        at('history-title').textContent = `History of order ${order.id}`;
        at('history-page').href = served(`/orders/${order.id}/`);
        at('history-list').replaceChildren();
        at('history-more').hidden = true;
        this.#next = `/api/data/${order.id}/history/`;
        openDialog(this.#dialog);
        this.#more();
    }

    async #more() {
        const asked = ++this.#asked;

        at('history-error').textContent = '';
        at('history-more').hidden = true;
        try {
            const { results, next } = await getJson(this.#next);

            if (asked !== this.#asked) {
                return;
            }
            this.#next = pathOf(next);
            at('history-list').append(...results.map(historyItem));
            at('history-more').hidden = !next;
        } catch (error) {
            if (!(error instanceof Problem)) {
                throw error;
            }
            if (asked === this.#asked) {
                at('history-error').textContent =
                    `The history could not be loaded: ${error.message}.`;
                at('history-more').hidden = false;
            }
        }
    }
}
