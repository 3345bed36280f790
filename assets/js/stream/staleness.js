/*
 * Says that what the grid shows is not live, since when and why, and offers to
 * connect; greys the grid as long as that is so. Dialogs say it too: behind one
 * the grid is not looked at.
 */
import { at } from '../lib/dom.js';
import { clockTime } from '../lib/times.js';

export class Staleness {
    #section = document.querySelector('.orders');
    #bar = at('stale');
    #dialogs = document.querySelectorAll('.dialog-stale');
    #offSince = null;

    /* connect(): at once. */
    constructor(connect) {
        at('stale-connect').addEventListener('click', connect);
    }

    /* As told by the stream; active: the button is in. */
    tell({ word, since, reason, isTrying, tried }, active) {
        this.#offSince = active ? null : this.#offSince ?? new Date();
        const what = this.#words(word, since, reason);
        const words = what + (what && isTrying ? '. Trying now\u2026'
            : what && tried ? `. Last tried at ${clockTime(tried)}` : '');

        this.#section.classList.toggle('is-stale', words !== '');
        this.#bar.hidden = words === '';
        if (at('stale-text').textContent !== words) {
            at('stale-text').textContent = words;
            for (const note of this.#dialogs) {
                note.textContent = words &&
                    `${words}. This may have changed since.`;
            }
        }
    }

    #words(word, since, reason) {
        if (this.#offSince) {
            return 'Not live: Realtime has been off since ' +
                clockTime(this.#offSince);
        }
        if (word === 'refused') {
            return `Not live: ${reason}`;
        }
        if (word === 'silent') {
            return 'Not live: nothing has been heard from the server since ' +
                clockTime(since);
        }
        return since ? `Not live: no connection since ${clockTime(since)}`
            : '';
    }
}
