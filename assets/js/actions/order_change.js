/*
 * Changes of one order, as it was seen: where somebody else was faster the user
 * chooses. Where no answer came, nobody here knows what has become of it, and
 * the order is named.
 */
import { Problem, getJson, send } from '../lib/api.js';
import { chooseSide, isSameCase, whyNotMine } from './conflict.js';
import { confirmed, renew } from '../lib/dialogs.js';
import { sentence } from '../lib/form.js';
import { isStaff } from '../page/me.js';
import { follow } from '../orders/order_news.js';
import { listOf } from './order_question.js';
import { isOpen, isSameDeal, newsOf, stateWords } from '../orders/order_state.js';
import { orderWords } from '../orders/order_words.js';
import { underWay } from '../lib/under_way.js';

/* Then it is written whatever version is there. */
const TRIES_MAX = 3;

const pathOf = (order) => `/api/data/${order.id}/`;

/* seen: the order as the user saw it; tell(is): whether it is under way, and
 * takes its time. Resolves to {order, isMine}: as it is then, and whether the
 * change is in it. Who chooses neither side has a Problem told, and may go on
 * with what they typed; that of a change of unknown outcome has isUnknown, and
 * afterwards: what is true of it still when the server is there again. */
export async function changeOrder(seen, changes, tell = () => {}) {
    const whole = isCorrection(seen, changes)
        ? { ...await agreed(seen, changes), correct: true } : changes;

    return withChoice(seen, changes, (version) => known(
        () => send('PATCH', pathOf(seen), whole, { version }), tell,
        `${orderWords(seen)} was ${changes.status === 'canceled' ? 'canceled'
            : 'changed'}: its history will tell`));
}

/* To set an order that is over to "canceled" cancels nothing. */
function isCorrection(seen, { status }) {
    return isStaff && status === 'canceled' && !isOpen(seen) &&
        seen.status !== 'canceled';
}

/* It follows the order, and asks no more once there is nothing to correct. */
async function agreed(seen, changes) {
    const asked = correction(seen);
    const end = follow(seen.id, (order) => renew(asked, correction(order)),
        () => renew(asked, {
            title: `${sentence(orderWords(seen))} has been removed`,
            text: 'There is nothing left to correct.',
        }));

    try {
        if (!await confirmed(asked)) {
            throw goneBack();
        }
    } finally {
        end();
    }
    return changes;
}

function correction(order) {
    const name = orderWords(order);

    return order.status === 'canceled' ? {
        title: `${sentence(name)} is already canceled`,
        text: 'There is nothing left to correct.', list: listOf([order]),
    } : {
        title: `Correct ${name} to canceled?`,
        text: `It ${stateWords(order)}, so there is nothing left to cancel. ` +
            'This only corrects the record, and the audit log will say so.',
        verb: `Correct order ${order.id}`, list: listOf([order]),
    };
}

/* An order as it is now; null: it is no more, or cannot be read. */
export async function readOrder(id) {
    try {
        return await getJson(`/api/data/${id}/`);
    } catch (error) {
        if (error instanceof Problem) {
            return null;
        }
        throw error;
    }
}

export function removeOrder(seen, tell = () => {}) {
    return withChoice(seen, null, async (version) => {
        await known(
            () => send('DELETE', pathOf(seen), undefined, { version }), tell,
            `${orderWords(seen)} was removed: if it was, it is no longer listed`);
        return seen;
    });
}

/* The answer of act(), if one comes. what: may have become true; the Problem has
 * the reason why nobody knows, then. */
export async function known(act, tell, what) {
    try {
        return await underWay(act, tell);
    } catch (error) {
        if (error.isUnreached || error.status >= 500) {
            const afterwards = `It is not known whether ${what}`;

            throw Object.assign(
                new Problem(`${sentence(error.message)}. ${afterwards}`), {
                    isUnknown: true, isUnreached: error.isUnreached, afterwards,
                    reason: error.message,
                });
        }
        throw error;
    }
}

async function withChoice(seen, changes, act) {
    let before = seen; /* what is written over */
    let { version } = seen;
    let agreed = null; /* as it was when the user said that theirs is meant */
    let tries = 0;

    for (;;) {
        try {
            const order = await act(version);

            return { order, isMine: true, before, changes };
        } catch (error) {
            const current = error.status === 412 ? error.body?.current : null;

            if (!current) {
                throw error;
            }
            if (isMeantAnyway(seen, changes, agreed, current)) {
                /* One that changes all the time would never be written
                 * otherwise: it is only the fields that were changed. */
                tries++;
                version = tries < TRIES_MAX ? current.version : undefined;
                before = current;
                continue;
            }
            const { side, now } = await chooseSide(seen, changes, current);

            if (side === 'theirs') {
                return { order: now, isMine: false, before: now, changes };
            }
            if (side !== 'mine') {
                throw goneBack(now);
            }
            before = agreed = now;
            ({ version } = now);
            tries = 0;
        }
    }
}

/* Back to what was being done, where the focus belongs then. now: the order as
 * it is known by then; null: it is no more. */
function goneBack(now) {
    return Object.assign(new Problem('your change was not saved'),
        { isBack: true, now });
}

/* Is there nothing to be asked, or asked again? Filled a little more meanwhile,
 * an order is canceled all the same: the question said that what is filled stays
 * filled. */
function isMeantAnyway(seen, changes, agreed, current) {
    if (agreed) {
        return isSameCase(changes, agreed, current) &&
            whyNotMine(changes, current) === null;
    }
    return changes?.status === 'canceled' &&
        Object.keys(changes).length === 1 && isOpen(seen) &&
        isOpen(current) && isSameDeal(seen, current);
}

/* What has become of a change, for people. */
export function savedWords({ order, isMine, before, changes }) {
    const name = sentence(orderWords(order));

    if (!isMine) {
        return `${name} was left as they changed it.`;
    }
    const news = newsOf(before, order, new Set(Object.keys(changes)));

    return `${name} is saved${news ? `: ${news}` : ''}.`;
}
