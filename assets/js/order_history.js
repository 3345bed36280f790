/*
 * What has become of one order, newest first, in a drawer beside the grid.
 */
import { Problem, getJson, pathOf } from './api.js';
import { changesOf } from './changes_list.js';
import { openDialog, startDialog } from './dialogs.js';
import { at, element } from './dom.js';
import { formatDecimal, sideWord } from './format.js';
import { isolated } from './names.js';
import { besideNumber } from './order_words.js';
import { timeNode } from './times.js';

const KINDS = {
    'data.new': 'placed',
    'data.update': 'changed',
    'data.delete': 'removed',
};

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
            at('history-list').append(...results.map(itemOf));
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

function itemOf({ kind, time, actor, address, changes, order }) {
    const item = element('li');
    const head = element('p', 'history-head');
    const from = address ? ` from ${address}` : '';

    head.append(
        element('strong', '', KINDS[kind] ?? kind), ` by ${actor ? isolated(actor) : 'a command'}`,
        element('span', 'second', from), timeNode(time, 'exact'));
    item.append(head);
    if (kind === 'data.update') {
        item.append(changesOf(changes));
    } else if (order) {
        item.append(element('p', 'second', `${sideWord(order.side)} ` +
            `${formatDecimal(order.quantity)} ${besideNumber(order.instrument)} at ` +
            `${formatDecimal(order.price)}`));
    }
    return item;
}
