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

/* element('p', { class: 'field-hint', hidden: true }, 'text', otherElement):
 * a property without a value, and a child that is none, is left out; onclick and
 * the like are listeners, href is a path of ours or a whole address. */
export function element(name, properties = {}, ...children) {
    const node = document.createElement(name);

    for (const [key, value] of Object.entries(properties)) {
        if (value === undefined || value === null || value === false ||
            (key === 'class' && value === '')) {
            continue;
        }
        if (key.startsWith('on')) {
            node.addEventListener(key.slice(2), value);
        } else {
            node.setAttribute(key, value === true ? ''
                : key === 'href' ? served(value) : value);
        }
    }
    node.append(...children.filter((child) => child !== undefined &&
        child !== null && child !== ''));
    return node;
}

export function button(text, onclick, className) {
    return element('button', { type: 'button', class: className, onclick }, text);
}

export function link(text, href) {
    return element('a', { href }, text);
}

export function plural(count, one, many = `${one}s`) {
    return `${formatCount(count)} ${count === 1 ? one : many}`;
}
