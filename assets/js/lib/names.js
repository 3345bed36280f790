/*
 * Names that users give: instruments, client ids, users. As they are typed, and
 * as they stand in a sentence of ours.
 */

import { element } from './dom.js';

/* Characters: fewer than min are cut at their end, if at all; of others the
 * tail stays. */
const LONG = { min: 17, tail: 7 };

/* Blanks, and marks of direction that are not seen either: they come along
 * where a name is copied out of a sentence. */
const UNSEEN = '[\\s\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]';
const EDGES = new RegExp(`^${UNSEEN}+|${UNSEEN}+$`, 'g');
const CHARACTERS = new Intl.Segmenter();
const CONTROLS = /[\u202a-\u202e\u2066-\u2069]/g;
/* Hebrew to Arabic Extended, presentation forms, and the scripts of the
 * supplementary plane that are written from the right. */
const RIGHT_TO_LEFT =
    /[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/* Without the blanks around it, which nobody sees and nobody means. */
export function typedName(text) {
    return String(text ?? '').replace(EDGES, '');
}

/* Text that is written from the right keeps that to itself (U+2068, U+2069):
 * it would turn round what stands beside it. All else is as it was, so that it
 * can be copied from a sentence as the name that it is. */
export function isolated(text) {
    const plain = String(text ?? '').replace(CONTROLS, '');

    return RIGHT_TO_LEFT.test(plain) ? `\u2068${plain}\u2069` : plain;
}

/* A name in a place of its own: a long one is cut in its middle, one that is
 * written from the right where it ends. */
export function nameNode(className, text, { min, tail } = LONG) {
    const whole = String(text ?? '');
    const node = element('span', { class: className });
    const characters = whole.length < min || RIGHT_TO_LEFT.test(whole)
        ? [] : charactersOf(whole);

    node.title = whole;
    if (characters.length < min) {
        node.textContent = whole;
        return node;
    }
    node.classList.add('name-long');
    node.append(
        element('span', { class: 'name-head' },
            characters.slice(0, -tail).join('')),
        element('span', { class: 'name-tail' }, characters.slice(-tail).join('')));
    return node;
}

const charactersOf = (text) =>
    [...CHARACTERS.segment(text)].map(({ segment }) => segment);

/* At most max characters: what is too long is cut in the middle, as names
 * that begin alike differ at their end. No half character at the cut. */
export function shorten(text, max) {
    const whole = String(text ?? '');

    if (whole.length <= max) {
        return whole;
    }
    const characters = charactersOf(whole);
    const end = Math.floor((max - 1) / 2);

    return characters.length <= max ? whole
        : characters.slice(0, max - 1 - end).join('') + '\u2026' +
            characters.slice(-end).join('');
}
