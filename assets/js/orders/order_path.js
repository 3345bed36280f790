/*
 * The states that an order has been in, oldest first: since when each, and who
 * brought it there.
 */
import { pillCell } from '../lib/cells.js';
import { element } from '../lib/dom.js';
import { formatDecimal, statusWords } from '../lib/format.js';
import { actorWords } from './history_item.js';
import { timeNode } from '../lib/times.js';

/* rows: of the history, newest first. [{status, time, actor, filled}]; an order
 * that is removed ends in "removed". */
export function stepsOf(rows) {
    const steps = [];

    for (const { kind, time, actor, order } of [...rows].reverse()) {
        const status = kind === 'data.delete' ? 'removed' : order.status;
        const last = steps.at(-1);

        if (last?.status === status) {
            last.filled = order.filled_quantity;
        } else {
            steps.push({ status, time, actor, filled: order.filled_quantity });
        }
    }
    return steps;
}

/* isWhole: its beginning is among them. */
export function showPath(list, rows, isWhole) {
    const steps = stepsOf(rows).map(stepItem);

    if (!isWhole) {
        steps.unshift(element('li', { class: 'path-step second' }, 'earlier states: ' +
            'show older below'));
    }
    list.replaceChildren(...steps);
}

function stepItem({ status, time, actor, filled }) {
    const item = element('li', { class: 'path-step' });
    const words = element('span', { class: 'second' }, `by ${actorWords(actor)}`);

    item.append(status === 'removed' ? pillCell('removed', 'canceled')
        : pillCell(statusWords(status), status));
    if (status === 'partially_filled') {
        item.append(element('span', { class: 'second' }, formatDecimal(filled)));
    }
    item.append(words, timeNode(time, 'exact'));
    return item;
}
