/*
 * Dialogs: the browser keeps the focus in them and gives it back. Esc is taken
 * here: a browser closes at the second without asking, and wherever the focus
 * has come to, it means the topmost.
 */
import { at } from './dom.js';

const dialogs = new Set(); /* those that were opened, the last one last */

document.addEventListener('keydown', (event) => {
    const top = [...dialogs].filter(({ open }) => open).at(-1);

    if (event.key !== 'Escape' || event.defaultPrevented || !top) {
        return;
    }
    event.preventDefault();
    if (!event.repeat &&
        top.dispatchEvent(new Event('cancel', { cancelable: true }))) {
        top.close();
    }
});

/* Every dialog is opened by this. */
export function openDialog(dialog) {
    dialogs.delete(dialog);
    dialogs.add(dialog);
    dialog.showModal();
}

/* Every button with data-close closes its dialog. */
export function startDialog(dialog) {
    dialog.addEventListener('click', (event) => {
        if (event.target.closest('[data-close]')) {
            dialog.close();
        }
    });
}

const waiting = new Map(); /* dialog -> who waits for its answer */

/* Opens it; resolves to the value of the button that closed it, "" by Esc. The
 * event of closing comes late: it may be that of an earlier time. */
export function answerOf(dialog) {
    waiting.get(dialog)?.('');
    dialog.returnValue = '';
    openDialog(dialog);
    dialog.onclose = () => {
        if (!dialog.open) {
            waiting.get(dialog)(dialog.returnValue);
        }
    };
    return new Promise((resolve) => {
        waiting.set(dialog, resolve);
    });
}

let asked = null; /* by the question that was opened last */

/* Asks once before what can't be undone; resolves to true for the verb, which
 * may be none: then it only says. list: a node with what it is about, or
 * none. */
export async function confirmed(question) {
    asked = question;
    put(question);
    const answer = answerOf(at('confirm'));
    const box = at('confirm-list');

    /* What scrolls can be reached by keys. */
    box.tabIndex = box.scrollHeight > box.clientHeight ? 0 : -1;
    return await answer === 'yes';
}

/* The question that is open is this one now; before: as it was asked. */
export function renew(before, question) {
    if (asked === before && at('confirm').open) {
        put(question);
    }
}

function put({ title, text, verb, list = null }) {
    const yes = at('confirm-yes');
    const no = at('confirm-no');
    const hadFocus = document.activeElement === yes;

    at('confirm-title').textContent = title;
    at('confirm-text').textContent = text;
    at('confirm-list').replaceChildren(...list ? [list] : []);
    yes.textContent = verb ?? '';
    yes.hidden = verb === undefined;
    no.textContent = verb === undefined ? 'Close' : 'Back';
    if (hadFocus && yes.hidden) {
        no.focus();
    }
}

/* Says what has more than one line, and waits until it was read. */
export function told({ title, text, list }) {
    return confirmed({ title, text, list });
}

/* What an action has come to, where it was started: within a section, else in
 * the one place that the page has for it. */
export function say(text, isError = false, section = document) {
    const said = section.querySelector('.said');

    said.textContent = text;
    said.title = text;
    said.classList.toggle('is-error', isError);
}
