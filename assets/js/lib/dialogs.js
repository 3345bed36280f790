/*
 * Dialogs: the browser keeps the focus in them and gives it back. Esc is taken
 * here: a browser closes at the second without asking, and wherever the focus
 * has come to, it means the topmost.
 */
import { awaitReader } from './asked.js';
import { at, isFocusLost } from './dom.js';
import { letterOf } from './keys.js';

const EDGE = 12; /* pixels between a sheet and the window's edge */
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
    saidIn(dialog, '');
    dialog.showModal();
    stand(dialog);
}

/* What comes into a sheet, or goes, moves its upper edge: the buttons that it is
 * answered with stay where they are, under the hand. */
function stand(dialog) {
    if (dialog.matches('.sheet')) {
        dialog.style.margin = dialog.style.maxHeight = '';
        const { bottom } = dialog.getBoundingClientRect();

        dialog.style.margin = `auto auto ${innerHeight - bottom}px`;
        dialog.style.maxHeight = `${bottom - EDGE}px`;
    }
}

addEventListener('resize', () => {
    for (const dialog of dialogs) {
        if (dialog.open) {
            stand(dialog);
        }
    }
});

/* A button that has been switched off meanwhile has the focus no more: where
 * that begins has it then. */
export function refocus(dialog) {
    const { activeElement } = document;

    if (dialog.open && (activeElement?.disabled || isFocusLost())) {
        dialog.querySelector('[autofocus]').focus();
    }
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
    awaitReader(dialog);
    dialog.onclose = () => {
        if (!dialog.open) {
            waiting.get(dialog)(dialog.returnValue);
        }
    };
    return new Promise((resolve) => {
        waiting.set(dialog, resolve);
    });
}

let asked = null; /* the question that was opened last */

/* The key that asked says yes, too, where the question names it. */
document.addEventListener('keydown', (event) => {
    if (at('confirm')?.open && asked?.key && asked.key === letterOf(event) &&
        !event.repeat && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        at('confirm-yes').click();
    }
});

/* Asks once before what can't be undone; resolves to true for the verb, which
 * may be none: then it only says. list: a node with what it is about, or none;
 * more: what is said where that has to be scrolled; key: says yes, or none. */
export async function confirmed(question) {
    asked = question;
    at('confirm-yes').style.minWidth = '';
    put(question);
    at('confirm-yes').hidden = question.verb === undefined;
    const answer = answerOf(at('confirm'));

    tellMore(question);
    return await answer === 'yes';
}

/* The question that is open is this one now; before: as it was asked. False:
 * that is open no more, and its answer on its way. */
export function renew(before, question) {
    const isOpen = asked === before && at('confirm').open;

    if (isOpen) {
        const yes = at('confirm-yes');

        /* What is beside it stays where it is. */
        yes.style.minWidth = `${yes.offsetWidth}px`;
        put(question);
        tellMore(question);
    }
    return isOpen;
}

function put({ title, text, verb, key, list = null }) {
    const yes = at('confirm-yes');
    const no = at('confirm-no');
    const box = at('confirm-list');
    const { scrollTop } = box;

    at('confirm-title').textContent = title;
    at('confirm-text').textContent = text;
    box.replaceChildren(...list ? [list] : []);
    box.scrollTop = scrollTop;
    yes.textContent = verb ?? '';
    yes.disabled = verb === undefined;
    yes.title = key ? `${verb} (${key})` : '';
    if (key) {
        yes.setAttribute('aria-keyshortcuts', key);
    } else {
        yes.removeAttribute('aria-keyshortcuts');
    }
    yes.style.visibility = verb === undefined ? 'hidden' : '';
    no.textContent = verb === undefined ? 'Close' : 'Back';
    refocus(at('confirm'));
}

/* What scrolls can be reached by keys. */
function tellMore({ more = 'Scroll the list to see all of it.' }) {
    const box = at('confirm-list');
    const isMore = box.scrollHeight > box.clientHeight;

    box.tabIndex = isMore ? 0 : -1;
    at('confirm-more').textContent = isMore ? more : '';
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
    sayAbove(said, isError ? text : '');
}

/* An open dialog hides what is said behind it: what went wrong is said in it,
 * too. */
function sayAbove(said, text) {
    const top = [...dialogs].filter(({ open }) => open).at(-1);

    if (top && !top.contains(said)) {
        saidIn(top, text);
    }
}

function saidIn(dialog, text) {
    const said = dialog.querySelector('.dialog-said');

    if (said) {
        said.textContent = text;
        bringInView(said);
    }
}

/* What was said at the top of something long. */
export function bringInView(said) {
    if (said.textContent) {
        said.scrollIntoView({ block: 'nearest' });
    }
}
