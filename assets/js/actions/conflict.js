/*
 * Somebody else was faster: what was seen, what is to be written and what is
 * there now stand side by side, and the user chooses. As long as that is open
 * it follows the order.
 */
import { ORDER_FIELDS } from '../orders/columns.js';
import { compareDecimals } from '../lib/decimal.js';
import { answerOf, refocus } from '../lib/dialogs.js';
import { at, element } from '../lib/dom.js';
import { sentence } from '../lib/form.js';
import { formatDecimal } from '../lib/format.js';
import { follow } from '../orders/order_news.js';
import {
    filledWords, isOpen, isTouched, obstacle, remaining,
} from '../orders/order_state.js';
import { dealWords, orderWords } from '../orders/order_words.js';

const MINE = { edit: 'Keep mine', cancel: 'Cancel it anyway',
               remove: 'Remove it' };

/* changes null: it was to be removed. Resolves to {side, now}: "mine", "theirs"
 * or "", and the order as it was shown then; null: it is no more. */
export async function chooseSide(seen, changes, current) {
    const dialog = at('conflict');
    let now = current;
    const show = (order) => {
        now = order;
        put(seen, changes, now);
    };

    show(current);
    const end = follow(seen.id, (order) => {
        if (now !== null && order.version > now.version) {
            show(order);
        }
    }, () => show(null));

    try {
        return { side: await answerOf(dialog), now };
    } finally {
        end();
    }
}

export const kindOf = (changes) => changes === null ? 'remove'
    : changes.status === 'canceled' ? 'cancel' : 'edit';

const ACTIONS = { edit: 'change', cancel: 'cancel', remove: 'delete' };

/* Why mine can't be written over theirs, in words, or null. */
export function whyNotMine(changes, current) {
    const kind = kindOf(changes);

    if (current === null) {
        return kind === 'remove' ? 'It has been removed already.'
            : 'Your change can\u2019t be saved: the order has been removed.';
    }
    const reason = obstacle(ACTIONS[kind], current);
    const { quantity, filled_quantity: filled = current.filled_quantity } =
        changes ?? {};

    if (reason) {
        return `${kind === 'edit' ? 'Your change can\u2019t be saved: the order'
            : 'The order'} ${reason}.`;
    }
    return quantity !== undefined && compareDecimals(quantity, filled) < 0
        ? `Your change can\u2019t be saved: ${formatDecimal(filled)} are ` +
            `filled already, more than ${formatDecimal(quantity)}.`
        : null;
}

/* Who agreed to write over the one means the other too: it is neither over
 * since nor, to be removed, filled. */
export const isSameCase = (changes, shown, now) =>
    isOpen(shown) === isOpen(now) &&
    (changes !== null || isTouched(shown) === isTouched(now));

function put(seen, changes, now) {
    const dialog = at('conflict');
    const fields = now === null ? [] : ORDER_FIELDS.filter(({ field }) =>
        field in (changes ?? {}) ||
            (seen[field] ?? null) !== (now[field] ?? null));
    const impossible = whyNotMine(changes, now);
    const mine = dialog.querySelector('[value="mine"]');
    const theirs = dialog.querySelector('[value="theirs"]');

    at('conflict-title').textContent = now === null
        ? `${sentence(orderWords(seen))} has been removed`
        : `Order ${seen.id} was changed in the meantime`;
    at('conflict-text').textContent = textOf(changes, now);
    mine.textContent = MINE[kindOf(changes)];
    mine.disabled = impossible !== null;
    theirs.disabled = now === null;
    if (at('conflict-why').textContent !== (impossible ?? '')) {
        at('conflict-why').textContent = impossible ?? '';
    }
    at('conflict-what').textContent = impossible ? ''
        : whatWords(changes, now);
    dialog.querySelector('.sides').hidden = now === null;
    at('conflict-rows').replaceChildren(...fields.map((one) =>
        rowOf(one, seen, changes ?? {}, now)));
    refocus(dialog);
}

function textOf(changes, now) {
    if (now === null) {
        return 'It was removed by somebody else.';
    }
    return (changes
        ? 'Somebody changed it while you did. Your change is not saved yet.'
        : 'Somebody changed it before it could be removed.') +
        ` It is now: ${dealWords(now)}, ` +
        `${formatDecimal(remaining(now))} remaining.`;
}

/* What the button would write. */
function whatWords(changes, now) {
    const kind = kindOf(changes);

    if (kind === 'edit') {
        const fields = ORDER_FIELDS.filter(({ field }) => field in changes)
            .map(({ field, title, words }) =>
                `${title} ${valueWords(words, changes[field])}`);

        return `\u201c${MINE.edit}\u201d saves ${fields.join(', ')}; all else ` +
            'stays as it is now.';
    }
    return kind === 'cancel'
        ? `\u201c${MINE.cancel}\u201d cancels the ` +
            `${formatDecimal(remaining(now))} that remain.`
        : isTouched(now) ? `${filledWords(now)}. Removing it undoes no trade.`
            : '';
}

const valueWords = (words, value) =>
    value === null || value === undefined || value === '' ? 'none'
        : words(value);

function rowOf(column, seen, changes, current) {
    const { field, title, words, decimal } = column;
    const row = element('tr');
    const name = element('th', {}, title);
    const kind = decimal ? 'is-number' : '';

    name.scope = 'row';
    row.append(
        name,
        element('td', { class: kind }, valueWords(words, seen[field])),
        element('td', { class: `mine ${kind}` }, field in changes
            ? valueWords(words, changes[field]) : 'as theirs'),
        element('td', { class: seen[field] === current[field] ? kind
            : `theirs ${kind}` }, valueWords(words, current[field])));
    return row;
}
