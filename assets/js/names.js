/*
 * Names that users give: instruments, client ids, users. As they are typed, and
 * as they stand in a sentence of ours.
 */

import { element } from './dom.js';

const LONG_MIN = 17; /* characters: fewer are cut at their end, if at all */
const TAIL = 7;

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

/* A name in a place of its own: one that is longer than that is cut in its
 * middle, one that is written from the right where it ends. */
export function nameNode(className, text) {
    const whole = String(text ?? '');
    const node = element('span', className);
    const characters = whole.length < LONG_MIN || RIGHT_TO_LEFT.test(whole)
        ? [] : charactersOf(whole);

    node.title = whole;
    if (characters.length < LONG_MIN) {
        node.textContent = whole;
        return node;
    }
    node.classList.add('name-long');
    node.append(
        element('span', 'name-head', characters.slice(0, -TAIL).join('')),
        element('span', 'name-tail', characters.slice(-TAIL).join('')));
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
