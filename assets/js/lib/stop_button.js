/*
 * Work that sends one thing after the other can be stopped, by a button beside
 * what is said of it or by Esc: what has been sent by then counts, and nothing
 * more is.
 */
import { at, isFocusLost } from './dom.js';

const OFFER_AFTER_MS = 300; /* what is done at once is not to be stopped */
/* Esc means these themselves. */
const OWN_ESC = 'input, select, textarea, dialog *';

/* act(isStopped): the work, as a promise, whose result it gives. */
export async function stoppable(act) {
    const button = at('work-stop');
    let isStopped = false;
    const stop = () => {
        isStopped = true;
        button.textContent = 'Stopping\u2026';
        button.disabled = true;
    };
    const byKey = (event) => {
        if (event.key === 'Escape' && !event.target.matches(OWN_ESC)) {
            event.preventDefault();
            event.stopPropagation();
            stop();
        }
    };
    const timer = setTimeout(() => offer(button), OFFER_AFTER_MS);

    button.textContent = 'Stop';
    button.disabled = false;
    button.onclick = stop;
    document.addEventListener('keydown', byKey, true);
    try {
        return await act(() => isStopped);
    } finally {
        clearTimeout(timer);
        document.removeEventListener('keydown', byKey, true);
        button.blur();
        button.hidden = true;
    }
}

/* Nothing else has the focus: the dialog that began it is closed, and its opener
 * switched off. */
function offer(button) {
    button.hidden = false;
    if (isFocusLost()) {
        button.focus();
    }
}
