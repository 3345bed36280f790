/*
 * Many orders canceled, each only as it was when it was asked about or filled
 * since, in as many requests as that takes. What somebody else has changed
 * meanwhile is left and said, and stops no other order; where the server gives no
 * answer, or none will be any better, or the user stops it, the rest is not sent.
 */
import { Problem, send } from '../lib/api.js';
import { atFault } from './bulk_faults.js';
import { say, told } from '../lib/dialogs.js';
import { plural } from '../lib/dom.js';
import { formatCount } from '../lib/format.js';
import { movedWords } from './many_changes.js';
import { STOPPED, endedWords, outcomeTold, outcomeWords }
    from './many_result.js';
import { known } from './order_change.js';
import { isSameDeal, obstacle } from '../orders/order_state.js';
import { orderWords } from '../orders/order_words.js';
import { readAgain } from './orders_again.js';
import { stoppable } from '../lib/stop_button.js';

const VERB = 'canceled';

/* Of one request. */
const TRIES_MAX = 3;
const RESTLESS = 'kept changing, so it was left: cancel it by itself';

/* meant: those of the chosen orders that can be canceled; size: of a request;
 * everybody: they are not one's own alone. Says what has come of each. Those that
 * it is not known of, or that were not sent, stay chosen. */
export async function cancelChunks(meant, chosen, { size, everybody, grid, choice }) {
    const outcome = await stoppable((isStopped) => cancelAll(meant, size, {
        everybody, isStopped,
        told: (count) => say(`Canceling ${plural(meant.length, 'order')}: ` +
            `${formatCount(count)} done\u2026`),
        changed: (orders) => grid.showAll(orders),
        gone: (id) => grid.removed(id),
    }));
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

        await cancelChunk(chunk, outcome, options);
        if (outcome.why === null) {
            tell(outcome.done.length);
        }
    }
    return outcome;
}

async function cancelChunk(chunk, outcome, options) {
    let meant = chunk;

    if (options.isStopped()) {
        outcome.why ??= STOPPED;
    }
    if (outcome.why !== null) {
        outcome.unsent.push(...chunk);
        return;
    }
    try {
        for (let tries = 0; meant.length && tries < TRIES_MAX; tries++) {
            if (await isCanceled(meant, outcome, options.changed)) {
                return;
            }
            meant = presentOf(meant,
                await readAgain(meant, options.everybody), outcome, options.gone);
        }
    } catch (error) {
        if (!(error instanceof Problem)) {
            throw error;
        }
        noteProblem(error, meant, outcome);
        return;
    }
    await cancelParts(meant, outcome, options);
}

/* One that is filled again and again stands in the way of few others. */
async function cancelParts(meant, outcome, options) {
    const half = Math.ceil(meant.length / 2);

    if (meant.length === 1) {
        outcome.left.push({ order: meant[0], detail: RESTLESS });
    } else if (meant.length) {
        await cancelChunk(meant.slice(0, half), outcome, options);
        await cancelChunk(meant.slice(half), outcome, options);
    }
}

function noteProblem(error, meant, outcome) {
    outcome.why = endedWords(error.isUnknown ? error.reason : error.words);
    if (error.isUnknown) {
        outcome.unknown.push(...meant.map(
            (order) => ({ order, detail: error.reason })));
    } else {
        outcome.unsent.push(...meant);
    }
}

/* False: none of them was, as some are not what they were. */
async function isCanceled(meant, outcome, changed) {
    try {
        const { orders, left } = await known(
            () => send('POST', '/api/data/bulk/', {
                action: 'cancel',
                orders: meant.map(({ id, version }) => ({ id, version })),
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
