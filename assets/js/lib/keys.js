/*
 * Single keys, as long as nobody is typing, choosing or in a dialog.
 */
import { isFocusLost } from './dom.js';

const TYPING = 'input:not([type="checkbox"]), select, textarea, ' +
    '[contenteditable]';

const MOVES = new Set(['PageUp', 'PageDown', 'Home', 'End']);

/* bindings: {key: function(key) -> false when the key was of no use} */
export function startKeys(bindings) {
    document.addEventListener('keydown', (event) => {
        const key = letterOf(event);
        const binding = bindings[key];
        const target = isFocusLost() ? document.body : event.target;

        if (!binding || event.defaultPrevented || isChord(event) ||
            target.closest?.(TYPING) ||
            document.querySelector('dialog[open]')) {
            return;
        }
        /* What moves scrolls what has the focus; a held key toggles once. */
        if (isMove(event) ? !isAtRest(key, target) : event.repeat) {
            return;
        }
        if (binding(key) !== false) {
            event.preventDefault();
        }
    });
}

/* The key, whatever caps lock makes of a letter. */
export function letterOf({ key, shiftKey }) {
    return key.length === 1 && !shiftKey ? key.toLowerCase() : key;
}

function isChord(event) {
    return event.ctrlKey || event.metaKey || event.altKey;
}

/* Nothing there takes such a key for itself. */
function isAtRest(key, target) {
    return target === document.body || (key.startsWith('Arrow') &&
        target.matches('button, a, input[type="checkbox"]'));
}

function isMove({ key }) {
    return key.startsWith('Arrow') || MOVES.has(key);
}
