/*
 * Changes of one order, as it was seen: where somebody else was faster, both
 * sides are shown and the user chooses. Where no answer came, nobody here knows
 * what has become of it, and the order is named.
 */
import { Problem, getJson, send } from './api.js';
import { CHANGES } from './columns.js';
import { compareDecimals } from './decimal.js';
import { answerOf, confirmed } from './dialogs.js';
import { at, element } from './dom.js';
import { sentence } from './form.js';
import { formatDecimal, statusWords } from './format.js';
import { isStaff } from './me.js';
import { isolated } from './names.js';
import { isOpen, isSameDeal, obstacle, remaining } from './order_state.js';
import { dealWords, orderWords } from './order_words.js';
import { underWay } from './under_way.js';

const pathOf = (order) => `/api/data/${order.id}/`;

/* seen: the order as the user saw it; tell(is): whether it is under way, and
 * takes its time. Resolves to {order, isMine}: as it is then, and whether the
 * change is in it. Who chooses neither side has a Problem told, and may go on
 * with what they typed; that of a change of unknown outcome has isUnknown. */
export async function changeOrder(seen, changes, tell = () => {}) {
    const whole = isCorrection(seen, changes)
        ? { ...await agreed(seen, changes), correct: true } : changes;

    return withChoice(seen, changes, (version) => known(
        () => send('PATCH', pathOf(seen), whole, { version }), tell,
        `${orderWords(seen)} is ${changes.status === 'canceled' ? 'canceled'
            : 'changed'}: its history says so`));
}

/* To set an order that is over to "canceled" cancels nothing. */
function isCorrection(seen, { status }) {
    return isStaff && status === 'canceled' && !isOpen(seen) &&
        seen.status !== 'canceled';
}

async function agreed(seen, changes) {
    if (!await confirmed({
        title: `Correct order ${seen.id} to canceled?`,
        text: `It is ${statusWords(seen.status)}: nothing is left to cancel. ` +
            'This corrects the record, and the audit says so.',
        verb: 'Correct it',
    })) {
        throw goneBack();
    }
    return changes;
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
            `${orderWords(seen)} is removed: if it is, it is in no list`);
        return seen;
    });
}

/* The answer of act(), if one comes. what: may have become true. */
export async function known(act, tell, what) {
    try {
        return await underWay(act, tell);
    } catch (error) {
        if (error.isUnreached || error.status >= 500) {
            throw Object.assign(new Problem(
                `${sentence(error.message)}. It is not known whether ${what}`),
            { isUnknown: true, isUnreached: error.isUnreached });
        }
        throw error;
    }
}

async function withChoice(seen, changes, act) {
    let { version } = seen;

    for (;;) {
        try {
            return { order: await act(version), isMine: true };
        } catch (error) {
            const current = error.status === 412 ? error.body?.current : null;

            if (!current) {
                throw error;
            }
            if (isCancelOfTheRest(seen, changes, current)) {
                version = current.version;
                continue;
            }
            const side = await choice(seen, changes, current);

            if (side === 'theirs') {
                return { order: current, isMine: false };
            }
            if (side !== 'mine') {
                throw goneBack();
            }
            /* "Anyway" means the order, whatever becomes of it: one that
             * changes all the time could never be canceled otherwise. */
            version = isEdit(changes) ? current.version : undefined;
        }
    }
}

/* Neither a removal nor a cancel. */
const isEdit = (changes) => changes !== null && changes.status !== 'canceled';

/* To what was being done, where the focus belongs then. */
function goneBack() {
    return Object.assign(new Problem('nothing of yours is written'),
        { isBack: true });
}

/* Filled a little more meanwhile, it is canceled all the same: the question
 * said that what is filled stays filled. */
function isCancelOfTheRest(seen, changes, current) {
    return changes?.status === 'canceled' &&
        Object.keys(changes).length === 1 && isOpen(seen) &&
        isOpen(current) && isSameDeal(seen, current);
}

/* changes null: it was to be removed. */
function choice(seen, changes, current) {
    const dialog = at('conflict');
    const fields = CHANGES.concat({
        field: 'owner', title: 'owner', words: isolated,
    }).filter(({ field }) => field in (changes ?? {}) ||
        (seen[field] ?? null) !== (current[field] ?? null));

    const mine = dialog.querySelector('[value="mine"]');
    const impossible = whyNotMine(changes, current);

    at('conflict-text').textContent = (changes
        ? `Somebody changed order ${seen.id} while you did. ` +
            'Nothing of yours is written yet.'
        : `Somebody changed order ${seen.id} before it could be removed.`) +
        ` It is now: ${dealWords(current)}, ` +
        `${formatDecimal(remaining(current))} to go.`;
    mine.textContent = !changes ? 'Remove it'
        : changes.status === 'canceled' ? 'Cancel it anyway' : 'Keep mine';
    mine.disabled = impossible !== null;
    at('conflict-why').textContent = impossible ?? '';
    at('conflict-rows').replaceChildren(...fields.map((one) =>
        conflictRow(one, seen, changes ?? {}, current)));
    return answerOf(dialog);
}

/* What stands in the way of writing it over theirs, or null. */
function whyNotMine(changes, current) {
    const action = changes === null ? 'delete'
        : changes.status === 'canceled' ? 'cancel' : 'change';
    const reason = obstacle(action, current);
    const { quantity, filled_quantity: filled = current.filled_quantity } =
        changes ?? {};

    if (reason) {
        return `Yours can\u2019t be kept: the order ${reason}.`;
    }
    return quantity !== undefined && compareDecimals(quantity, filled) < 0
        ? `Yours can\u2019t be kept: ${formatDecimal(filled)} are filled ` +
            `already, more than ${formatDecimal(quantity)}.`
        : null;
}

function conflictRow(column, seen, changes, current) {
    const { field, title, words, decimal } = column;
    const row = element('tr');
    const name = element('th', '', title);
    const kind = decimal ? 'is-number' : '';
    const show = (value) => value === null || value === undefined ||
        value === '' ? 'none' : words(value);

    name.scope = 'row';
    row.append(
        name,
        element('td', kind, show(seen[field])),
        element('td', `mine ${kind}`,
            field in changes ? show(changes[field]) : 'as theirs'),
        element('td', seen[field] === current[field] ? kind : `theirs ${kind}`,
            show(current[field])));
    return row;
}

/* What has become of a change, for people. */
export function savedWords({ order, isMine }) {
    return `${sentence(orderWords(order))} is ` +
        (isMine ? 'saved.' : 'as they left it.');
}
