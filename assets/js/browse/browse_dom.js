/*
 * Elements for the pages about the API. Text from outside goes in as text,
 * never as markup.
 */
import { served } from '../lib/base.js';

/* el('p', { class: 'field-hint', hidden: true }, 'text', otherElement) */
export function el(name, properties = {}, ...children) {
    const element = document.createElement(name);

    for (const [key, value] of Object.entries(properties)) {
        if (value === undefined || value === null || value === false) {
            continue;
        }
        if (key.startsWith('on')) {
            element.addEventListener(key.slice(2), value);
        } else {
            element.setAttribute(key, value === true ? ''
                : key === 'href' ? served(value) : value);
        }
    }
    element.append(...children.filter((child) => child !== null &&
        child !== undefined));
    return element;
}
