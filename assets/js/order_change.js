/*
 * Changes of one order, as it was seen: where somebody else was faster, both
 * sides are shown and the user chooses.
 */
import { send } from './api.js';
import { CHANGES } from './columns.js';
import { answerOf } from './dialogs.js';
import { at, element } from './dom.js';
import { sideWord } from './format.js';

const pathOf = (order) => `/api/data/${order.id}/`;

/* seen: the order as the user saw it. Resolves to the order as it is then, or
 * to null where the user took back the change. */
export function changeOrder(seen, changes) {
    return withChoice(seen, changes, (version) =>
        send('PATCH', pathOf(seen), changes, { version }));
}

export function cancelOrder(seen) {
    return changeOrder(seen, { status: 'canceled' });
}

/* Resolves to true, or to null where the user kept it. */
export async function removeOrder(seen) {
    const done = await withChoice(seen, null, async (version) => {
        await send('DELETE', pathOf(seen), undefined, { version });
        return true;
    });

    return done === true ? true : null;
}

async function withChoice(seen, changes, act) {
    let { version } = seen;

    for (;;) {
        try {
            return await act(version);
        } catch (error) {
            const current = error.status === 412 ? error.body?.current : null;

            if (!current) {
                throw error;
            }
            if (await choice(seen, changes, current) !== 'mine') {
                return changes ? current : null;
            }
            version = current.version;
        }
    }
}

/* changes null: it was to be removed. Esc is theirs: nothing is written. */
function choice(seen, changes, current) {
    const dialog = at('conflict');
    const fields = CHANGES.concat({
        field: 'owner', title: 'owner', words: String,
    }).filter(({ field }) => field in (changes ?? {}) ||
        (seen[field] ?? null) !== (current[field] ?? null));

    at('conflict-text').textContent = changes
        ? `Somebody changed order ${seen.id} while you did. ` +
            'Nothing of yours is written yet.'
        : `Somebody changed order ${seen.id} before it could be removed.`;
    dialog.querySelector('[value="mine"]').textContent =
        changes ? 'Keep mine' : 'Remove it';
    at('conflict-rows').replaceChildren(...fields.map((one) =>
        conflictRow(one, seen, changes ?? {}, current)));
    return answerOf(dialog);
}

function conflictRow({ field, title, words }, seen, changes, current) {
    const row = element('tr');
    const name = element('th', '', title);
    const show = (value) => value === null || value === undefined ||
        value === '' ? 'none' : words(value);

    name.scope = 'row';
    row.append(
        name,
        element('td', '', show(seen[field])),
        element('td', 'mine',
            field in changes ? show(changes[field]) : 'as theirs'),
        element('td', seen[field] === current[field] ? '' : 'theirs',
            show(current[field])));
    return row;
}

/* "order 7 (Buy EDF01)" */
export function orderWords(order) {
    return `order ${order.id} (${sideWord(order.side)} ${order.instrument})`;
}
