/*
 * What has come of many orders, in one sentence and line by line.
 */
import { element, plural } from '../lib/dom.js';
import { sentence } from '../lib/form.js';
import { formatCount } from '../lib/format.js';
import { orderWords } from '../orders/order_words.js';

/* Why the rest was not sent. */
export const STOPPED = 'You stopped it. What had been sent by then counts.';
export const endedWords = (reason) => `It was stopped: ${reason}.`;

/* So many lines of a kind are read by somebody. */
const LINES_MAX = 1000;

/* outcome: {done, left, unknown, unsent}; done: what was done to orders, as in
 * "canceled". */
export function outcomeWords({ done, left, unknown, unsent }, verb) {
    return sentence([
        `${plural(done.length, 'order')} ${verb}`,
        left.length ? `${formatCount(left.length)} left as ` +
            `${left.length === 1 ? 'it is' : 'they are'}` : '',
        unknown.length ? `${formatCount(unknown.length)} unknown` : '',
        unsent.length ? `${formatCount(unsent.length)} not sent` : '',
    ].filter(Boolean).join(', '));
}

/* The argument of told(). why: the rest was not sent, in a sentence, or null; doneWords(one): of
 * each that was done. */
export function outcomeTold(outcome, verb, doneWords) {
    const { done, left, unknown, unsent, why } = outcome;
    const list = element('div', { class: 'outcome' });
    const detail = (one) => `${orderWords(one.order)}: ${one.detail}`;

    list.append(
        ...part(`Not known whether ${verb}: their history will tell`, unknown,
            detail),
        ...part(`Not sent, so not ${verb}`, unsent, orderWords),
        ...part('Left unchanged, and why', left, detail),
        ...part(sentence(verb), done, doneWords));
    return {
        title: outcomeWords(outcome, verb),
        text: why ?? '',
        list,
    };
}

function part(title, items, words) {
    const list = element('ul', { class: 'left-list' });
    const more = items.length - LINES_MAX;

    for (const item of items.slice(0, LINES_MAX)) {
        list.append(element('li', {}, sentence(words(item))));
    }
    if (more > 0) {
        list.append(element('li', {}, `and ${formatCount(more)} more`));
    }
    return items.length ? [element('h3', {}, title), list] : [];
}
