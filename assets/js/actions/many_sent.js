/*
 * One change of several orders, sent order by order, each only as it was when it
 * was asked about. What stands in the way of one stops no other; where the server
 * gives no answer, or none will be any better, or the user stops it, the rest is
 * not sent.
 */
import { Problem, send } from '../lib/api.js';
import { fewAtATime } from './few.js';
import { localWords } from '../lib/format.js';
import { movedWords, renewedLine } from './many_changes.js';
import { STOPPED, endedWords } from './many_result.js';
import { known } from './order_change.js';
import { orderWords } from '../orders/order_words.js';

/* What an order itself stands in the way of. */
const OF_ORDER = new Set([400, 404, 409, 412]);
/* It is filled again and again: so often it is tried anew. */
const TRIES_MAX = 5;

/* lines: see readLines(). told(outcome): how far it has come; changed(order),
 * gone(id): of one of them; isStopped(): by the user. Resolves to {done: [{order,
 * before}], left: [{order, detail}], unknown: likewise, unsent: [order], why}: why
 * the rest was not sent, as a sentence, or null. */
export async function sendChanges(lines, change,
    { told, changed, gone, isStopped }) {
    const outcome = { done: [], left: [], unknown: [], unsent: [], why: null };
    const sent = new Set();

    await fewAtATime(lines, async (line) => {
        sent.add(line);
        try {
            const now = await sendOne(line, change);

            outcome.done.push({ order: now, before: line.order });
            changed(now);
        } catch (error) {
            if (!(error instanceof Problem)) {
                throw error;
            }
            note(outcome, line, error, { changed, gone });
        }
        told(outcome);
    }, () => outcome.why !== null || isStopped());
    outcome.unsent = lines.filter((line) => !sent.has(line))
        .map(({ order }) => order);
    if (outcome.unsent.length) {
        outcome.why ??= STOPPED;
    }
    return outcome;
}

/* Filled since, it is the same deal still. */
async function sendOne(line, change) {
    const { field } = change;
    let now = line;

    for (let tries = 1; ; tries++) {
        const { order: { id, version }, after } = now;

        try {
            return await known(
                () => send('PATCH', `/api/data/${id}/`, { [field]: after },
                    { version }), () => {},
                `${orderWords(line.order)} was changed: its history will tell`);
        } catch (error) {
            const current = error.status === 412 ? error.body?.current : null;

            if (!current) {
                throw error;
            }
            now = renewedLine(now, current, change);
            if (now.isLeft || tries === TRIES_MAX) {
                throw Object.assign(new Problem(now.why ??
                    movedWords(line.seen, current), 412), { current });
            }
        }
    }
}

function note(outcome, { order }, error, { changed, gone }) {
    const detail = wordsOf(error);

    if (error.current) {
        changed(error.current);
    } else if (error.status === 404) {
        gone(order.id);
    }
    if (error.isUnknown) {
        outcome.unknown.push({ order, detail: error.reason });
    } else {
        outcome.left.push({ order, detail });
    }
    if (!OF_ORDER.has(error.status)) {
        outcome.why ??= endedWords(error.isUnknown ? error.reason : detail);
    }
}

function wordsOf(error) {
    if (error.status === 404) {
        return 'has been removed in the meantime';
    }
    const texts = Object.entries(error.fields).map(
        ([name, text]) => `${name} ${localWords([].concat(text).join(', '))}`);

    return texts.join('; ') || error.message;
}
