/*
 * The bar above a list: why it could not be read, and since when what is shown
 * is from.
 */
import { at } from './dom.js';
import { clockTime } from './times.js';

export class ErrorBar {
    #what;

    /* what: "orders", "users", ... */
    constructor(what, retry) {
        this.#what = what;
        at('error-retry').addEventListener('click', retry);
    }

    /* It takes its time. */
    wait(rowsFrom) {
        this.#say(`Loading the ${this.#what}\u2026` +
            rowsWords(rowsFrom));
    }

    /* isUnapplied: the controls above ask for others than the rows shown. */
    show(reason, rowsFrom, isUnapplied = false) {
        this.#say(`The ${this.#what} could not be loaded: ${reason}.` +
            rowsWords(rowsFrom) +
            (isUnapplied ? ' The search and filters above are not applied yet.' : ''));
    }

    #say(text) {
        at('error-text').textContent = text;
        at('error-bar').hidden = false;
    }

    hide() {
        at('error-bar').hidden = true;
    }
}

function rowsWords(from) {
    return from ? ` Showing those from ${clockTime(from)}.` : '';
}
