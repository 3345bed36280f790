/*
 * The bar above a list: why it could not be read, and since when what is shown
 * is from.
 */
import { at } from './dom.js';
import { clockTime } from './format.js';

export class ErrorBar {
    #what;

    /* what: "orders", "users", ... */
    constructor(what, retry) {
        this.#what = what;
        at('error-retry').addEventListener('click', retry);
    }

    /* isUnapplied: the controls above ask for others than the rows shown. */
    show(reason, rowsFrom, isUnapplied = false) {
        const rows = (rowsFrom
            ? ` The rows are those of ${clockTime(rowsFrom)}.` : '') +
            (isUnapplied ? ' What is asked for above is not shown yet.' : '');

        at('error-text').textContent =
            `The ${this.#what} could not be read: ${reason}.${rows}`;
        at('error-bar').hidden = false;
    }

    hide() {
        at('error-bar').hidden = true;
    }
}
