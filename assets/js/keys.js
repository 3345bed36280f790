/*
 * Single keys, as long as nobody is typing, choosing or in a dialog.
 */
const TYPING = 'input:not([type="checkbox"]), select, textarea, ' +
    '[contenteditable]';

/* bindings: {key: function(key) -> false when the key was of no use} */
export function startKeys(bindings) {
    document.addEventListener('keydown', (event) => {
        const binding = bindings[event.key];

        if (!binding || event.defaultPrevented || isChord(event) ||
            event.target.closest?.(TYPING) ||
            document.querySelector('dialog[open]')) {
            return;
        }
        /* An arrow scrolls what has the focus; a held key toggles once. */
        if (isArrow(event) ? !isAtRest(event.target) : event.repeat) {
            return;
        }
        if (binding(event.key) !== false) {
            event.preventDefault();
        }
    });
}

function isChord(event) {
    return event.ctrlKey || event.metaKey || event.altKey;
}

/* Nothing there takes an arrow for itself. */
function isAtRest(target) {
    return target === document.body ||
        target.matches('button, a, input[type="checkbox"]');
}

function isArrow(event) {
    return event.key.startsWith('Arrow');
}
