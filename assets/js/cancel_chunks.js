/*
 * More orders canceled than one request may have: chunk by chunk. What somebody
 * else has changed meanwhile is left and said, and stops no other order; where the
 * server gives no answer, or none will be any better, the rest is not sent.
 */
import { Problem, getAllRows, send } from './api.js';
import { atFault } from './bulk_faults.js';
import { say, told } from './dialogs.js';
import { plural } from './dom.js';
import { formatCount } from './format.js';
import { movedWords } from './many_changes.js';
import { outcomeTold, outcomeWords } from './many_result.js';
import { known } from './order_change.js';
import { isSameDeal, obstacle } from './order_state.js';
import { orderWords } from './order_words.js';

const VERB = 'canceled';

/* Filled again and again, it is canceled whatever version is there. */
const TRIES_MAX = 5;

/* meant: those of the chosen orders that can be canceled; size: of a chunk;
 * everybody: they are not one's own alone. Says
 * what has come of each. Those that it is not known of, or that were not sent,
 * stay chosen. */
export async function cancelChunks(meant, chosen, { size, everybody, grid, choice }) {
    const outcome = await cancelAll(meant, size, {
        everybody,
        told: (count) => say(`Canceling ${plural(meant.length, 'order')}: ` +
            `${formatCount(count)} done\u2026`),
        changed: (orders) => grid.showAll(orders),
        gone: (id) => grid.removed(id),
    });
    const { left, unknown, unsent } = outcome;
    const open = [...unknown.map(({ order }) => order), ...unsent];

    left.push(...chosen.map((order) => (
        { order, detail: obstacle('cancel', order) }))
        .filter(({ detail }) => detail !== null));
    choice.clear();
    choice.set(open, true);
    say(`${outcomeWords(outcome, VERB)}.`, open.length > 0);
    if (left.length + open.length) {
        await told(outcomeTold(
            outcome, VERB, ({ order }) => orderWords(order)));
    }
}

/* told(count): so many are done; changed(orders), gone(id). Resolves to an outcome
 * as sendChanges() has it. */
async function cancelAll(orders, size, { told: tell, ...options }) {
    const outcome = { done: [], left: [], unknown: [], unsent: [], why: null };

    tell(0);
    for (let i = 0; i < orders.length; i += size) {
        const chunk = orders.slice(i, i + size);

        if (outcome.why === null) {
            await cancelChunk(chunk, outcome, options);
            tell(outcome.done.length);
        } else {
            outcome.unsent.push(...chunk);
        }
    }
    return outcome;
}

async function cancelChunk(chunk, outcome, { everybody, changed, gone }) {
    let meant = chunk;

    try {
        for (let tries = 1; meant.length; tries++) {
            const isVersioned = tries <= TRIES_MAX;

            if (await isCanceled(meant, isVersioned, outcome, changed)) {
                return;
            }
            meant = presentOf(meant, await readAgain(meant, everybody), outcome,
                gone);
        }
    } catch (error) {
        if (!(error instanceof Problem)) {
            throw error;
        }
        outcome.why = error.isUnknown ? error.reason : error.words;
        if (error.isUnknown) {
            outcome.unknown.push(...meant.map(
                (order) => ({ order, detail: error.reason })));
        } else {
            outcome.unsent.push(...meant);
        }
    }
}

/* False: none of them was, as some are not what they were. */
async function isCanceled(meant, isVersioned, outcome, changed) {
    try {
        const { orders, left } = await known(
            () => send('POST', '/api/data/bulk/', {
                action: 'cancel',
                orders: meant.map(({ id, version }) =>
                    isVersioned ? { id, version } : { id }),
            }), () => {}, `${plural(meant.length, 'order')} were canceled`);
        const by = new Map(meant.map((order) => [order.id, order]));

        outcome.done.push(...orders.map((order) => ({ order })));
        outcome.left.push(...left.map(({ id, status, detail }) => ({
            order: by.get(id),
            detail: obstacle('cancel', { status }) ?? detail,
        })));
        changed(orders);
        return true;
    } catch (error) {
        if (!atFault(error, meant).length) {
            throw error;
        }
        return false;
    }
}

/* All of them: an answer names but a few of those in the way. id -> order. */
async function readAgain(meant, everybody) {
    const ids = meant.map(({ id }) => id);
    const query = new URLSearchParams({
        id__gte: Math.min(...ids), id__lte: Math.max(...ids),
        ...everybody && { scope: 'all' },
    });
    const orders = await getAllRows(`/api/data/?${query}`);

    return new Map(orders.map((order) => [order.id, order]));
}

/* Those that are still what was asked about, as they are now; the others are
 * left. */
function presentOf(meant, now, outcome, gone) {
    const present = [];

    for (const seen of meant) {
        const order = now.get(seen.id);
        const why = whyLeft(seen, order);

        if (why === null) {
            present.push(order);
        } else {
            outcome.left.push({ order: seen, detail: why });
        }
        if (!order) {
            gone(seen.id);
        }
    }
    return present;
}

function whyLeft(seen, now) {
    if (!now) {
        return 'has been removed in the meantime';
    }
    return isSameDeal(seen, now) ? obstacle('cancel', now)
        : movedWords(seen, now);
}
