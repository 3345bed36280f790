/*
 * Many orders read again, all of them: an answer that refuses them names but a few
 * of those in the way.
 */
import { getAllRows, getRows } from '../lib/api.js';
import { fewAtATime } from './few.js';

const SPAN_MAX = 5000; /* of ids that are read as one range */
const LIST_MAX = 20; /* as the server takes */

/* everybody: they are not one's own alone. id -> order, of those that there are
 * still. Throws a Problem. */
export async function readAgain(orders, everybody) {
    const ids = orders.map(({ id }) => id);
    const [first, last] = [Math.min(...ids), Math.max(...ids)];
    const scope = everybody ? { scope: 'all' } : {};
    const url = (words) =>
        `/api/data/?${new URLSearchParams({ ...words, ...scope })}`;
    const found = [];

    if (last - first < SPAN_MAX) {
        found.push(...await getAllRows(
            url({ id__gte: first, id__lte: last })));
    } else {
        await fewAtATime(partsOf(ids), async (part) => {
            found.push(...await getRows(
                url({ id__in: part.join(), page_size: LIST_MAX })));
        });
    }
    return new Map(found.map((order) => [order.id, order]));
}

function partsOf(ids) {
    const parts = [];

    for (let i = 0; i < ids.length; i += LIST_MAX) {
        parts.push(ids.slice(i, i + LIST_MAX));
    }
    return parts;
}
