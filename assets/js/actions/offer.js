/*
 * A button that offers what can be done now.
 */
import { at } from '../lib/dom.js';

/* words: what it would do, and to what; reason: null, or in words why not. */
export function offer(id, words, title, reason) {
    const button = at(id);

    if (button.textContent !== words) {
        button.textContent = words;
    }
    button.disabled = reason !== null;
    button.title = reason ?? title;
}
