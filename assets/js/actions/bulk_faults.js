/*
 * Why a request for several orders was refused: all or none of them.
 */
import { sentence } from '../lib/form.js';
import { formatCount } from '../lib/format.js';

/* Errors of many come by their place in what was sent. */
export function atFault(problem, orders) {
    return Object.keys(problem.fields)
        .map((place) => orders[Number(/^orders\.(\d+)/.exec(place)?.[1])])
        .filter(Boolean);
}

export function faults(problem, orders) {
    const entries = Object.entries(problem.fields);
    const words = entries.map(([place, texts]) => {
        const [index, field] = place.replace(/^orders\./, '').split('.');
        const order = orders[Number(index)];
        const text = [].concat(texts).join(', ');

        return order ? `order ${order.id}: ${text}`
            : `${[place, field].filter(Boolean)[0]}: ${text}`;
    });
    const none = orders.length > 1 && !problem.isUnknown
        ? ' No order was changed.' : '';

    return words.length
        ? `${sentence(words.slice(0, 3).join('; '))}` +
            `${words.length > 3 ? ` and ${formatCount(words.length - 3)} more`
                : ''}.${none}`
        : `${sentence(problem.message)}.${none}`;
}
