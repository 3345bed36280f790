/*
 * Cells that several lists share.
 */
import { element } from './dom.js';
import { formatWhen } from './format.js';
import { shorten } from './names.js';

const AGENT_MAX = 60;

/* null: the word for "never". */
export function whenCell(time, never = 'never') {
    if (!time) {
        return element('span', 'second', never);
    }
    const node = element('time', 'when', formatWhen(time));

    node.dateTime = time;
    node.title = time;
    return node;
}

export function pillCell(text, kind) {
    return element('span', `pill pill-${kind}`, text);
}

/* A user agent in a few words; the whole of it as a tooltip. */
export function agentCell(agent) {
    const text = String(agent ?? '');
    const browser = /(Firefox|Edg|OPR|Chrome|Version(?=.*Safari))\/[\d]+/
        .exec(text)?.[0]
        .replace('Edg/', 'Edge ').replace('OPR/', 'Opera ')
        .replace('Version/', 'Safari ').replace('/', ' ');
    const system = /Windows|Android|iPhone|iPad|Mac OS X|Linux/.exec(text)?.[0];
    const node = element('span', 'agent',
        browser ? [browser, system].filter(Boolean).join(' on ')
            : shorten(text, AGENT_MAX) || 'not said');

    node.title = text;
    return node;
}
