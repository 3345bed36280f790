/*
 * Making and finding elements. What a user typed is set as text, never as
 * markup.
 */
import { served } from './base.js';
import { formatCount } from './format.js';

export const at = (id) => document.getElementById(id);

/* Has nothing the focus, or nothing that is to be seen? A dialog that closes
 * keeps it for a moment, and what is switched off loses it. */
export const isFocusLost = () =>
    document.activeElement?.matches('body, dialog:not([open]) *') ?? true;

export function element(name, className, text) {
    const node = document.createElement(name);

    if (className) {
        node.className = className;
    }
    if (text !== undefined) {
        node.textContent = text;
    }
    return node;
}

export function button(text, onClick, className) {
    const node = element('button', className, text);

    node.type = 'button';
    node.addEventListener('click', onClick);
    return node;
}

export function link(text, href) {
    const node = element('a');

    node.append(text);
    node.href = served(href);
    return node;
}

export function plural(count, one, many = `${one}s`) {
    return `${formatCount(count)} ${count === 1 ? one : many}`;
}
