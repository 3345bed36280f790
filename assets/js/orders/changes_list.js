/*
 * What a change changed, as a list: "price 1 → 2".
 */
import { CHANGES } from './columns.js';
import { element } from '../lib/dom.js';

const WORDS = new Map(CHANGES.map(
    ({ field, title, words }) => [field, { title, words }]));

/* changes: {field: [before, after]}, or {field: what it says}. */
export function changesOf(changes) {
    const list = element('ul', { class: 'changes' });
    const pairs = Object.values(changes ?? {}).filter(Array.isArray);
    /* Of what has come or gone as a whole there is one side only. */
    const isNew = pairs.every(([before]) => before === null);
    const isGone = pairs.every(([, after]) => after === null);

    for (const [field, pair] of Object.entries(changes ?? {})) {
        const { title, words } = WORDS.get(field) ?? {
            title: field.replaceAll('_', ' '), words: valueWords,
        };
        const line = element('li');
        const [before, after] = Array.isArray(pair) ? pair : [null, pair];

        line.append(element('span', { class: 'change-name' }, title), ' ');
        if (!isNew) {
            line.append(element('span', { class: 'change-old' },
                shown(words, before)));
        }
        if (!isNew && !isGone) {
            line.append(' \u2192 ');
        }
        if (!isGone) {
            line.append(element('span', { class: 'change-new' },
                shown(words, after)));
        }
        list.append(line);
    }
    return list;
}

function shown(words, value) {
    return value === null || value === undefined || value === ''
        ? 'none'
        : words(value);
}

function valueWords(value) {
    if (typeof value === 'boolean') {
        return value ? 'yes' : 'no';
    }
    return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
