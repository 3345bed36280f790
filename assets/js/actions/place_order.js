/*
 * A new order on its way: it is placed once, however often it is sent.
 */
import { Problem, getRows, ignoreProblem, send } from '../lib/api.js';
import { known } from './order_change.js';
import { dealWords } from '../orders/order_words.js';

export const newId = () => `web-${[...crypto.getRandomValues(new Uint8Array(12))]
    .map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;

/* Where no answer came, or that of a proxy, nobody here knows what has become
 * of it. A ticket's order has an id of its own, so that one that is sent again
 * is placed once; another one under that id is refused. */
export async function placeOrder(values, tell) {
    try {
        return await known(() => send('POST', '/api/data/', values), tell,
            'the order was placed. Press the button again: it can be placed ' +
            'only once');
    } catch (error) {
        if (error.status === 409) {
            throw await takenProblem(values);
        }
        throw error;
    }
}

/* Another order has this one's id, most often an earlier press of the button:
 * which. isKnown: it is found. */
async function takenProblem({ client_order_id: id, owner }) {
    const where = new URLSearchParams({ client_order_id: id, ...owner && { owner } });
    let found = [];

    try {
        found = await getRows(`/api/data/?${where}`);
    } catch (error) {
        ignoreProblem(error);
    }
    const [order] = found;
    const problem = new Problem('Another order was already placed from here, or ' +
        'with this client id' + (order ? `: order ${order.id}, ` +
            `${dealWords(order)}. What is typed here was not placed`
        : '. Close this and look for it in the list'));

    problem.isKnown = Boolean(order);
    return problem;
}
