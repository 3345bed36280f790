/*
 * One thing that was done to an order, as a row of its history.
 */
import { changesOf } from './changes_list.js';
import { element } from '../lib/dom.js';
import { formatDecimal, sideWord } from '../lib/format.js';
import { isolated } from '../lib/names.js';
import { besideNumber } from './order_words.js';
import { timeNode } from '../lib/times.js';

const KINDS = {
    'data.new': 'placed',
    'data.update': 'changed',
    'data.delete': 'removed',
};

/* null: a command. */
export const actorWords = (actor) => (actor ? isolated(actor) : 'a command');

export function historyItem({ kind, time, actor, address, changes, order }) {
    const item = element('li');
    const head = element('p', { class: 'history-head' });
    const from = address ? ` from ${address}` : '';

    head.append(
        element('strong', {}, KINDS[kind] ?? kind),
        ` by ${actorWords(actor)}`,
        element('span', { class: 'second' }, from), timeNode(time, 'exact'));
    item.append(head);
    if (kind === 'data.update') {
        item.append(changesOf(changes));
    } else if (order) {
        item.append(element('p', { class: 'second' }, `${sideWord(order.side)} ` +
            `${formatDecimal(order.quantity)} ${
                besideNumber(order.instrument)} at ` +
            `${formatDecimal(order.price)}`));
    }
    return item;
}
