/*
 * Cells that several lists share.
 */
import { element } from './dom.js';
import { nameNode, shorten } from './names.js';
import { timeNode } from './times.js';

const AGENT_MAX = 60;

/* null: the word for "never". */
export function whenCell(time, never = 'never') {
    return time ? timeNode(time) : element('span', { class: 'second' }, never);
}

export function pillCell(text, kind) {
    return element('span', { class: `pill pill-${kind}` }, text);
}

/* A name of a row: a long one is cut in its middle. */
export function nameCell(text) {
    return text ? nameNode('', text) : '';
}

/* A user agent in a few words; the whole of it as a tooltip. */
export function agentCell(agent) {
    const node = element('span', { class: 'agent' }, agentWords(agent));

    node.title = String(agent ?? '');
    return node;
}

export function agentWords(agent) {
    const text = String(agent ?? '');
    const browser = /(Firefox|Edg|OPR|Chrome|Version(?=.*Safari))\/[\d]+/
        .exec(text)?.[0]
        .replace('Edg/', 'Edge ').replace('OPR/', 'Opera ')
        .replace('Version/', 'Safari ').replace('/', ' ');
    const system = /Windows|Android|iPhone|iPad|Mac OS X|Linux/.exec(text)?.[0];

    return browser ? [browser, system].filter(Boolean).join(' on ')
        : shorten(text, AGENT_MAX) || 'unknown';
}
