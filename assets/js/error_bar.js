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

    /* unapplied: what of the controls above does not hold for the rows shown;
     * null: all of them do, or there are none. */
    show(reason, rowsFrom, unapplied = null) {
        const rows = (rowsFrom
            ? ` The rows are those of ${clockTime(rowsFrom)}.` : '') +
            (unapplied
                ? ` ${unapplied} above is not applied to them yet.` : '');

        at('error-text').textContent =
            `The ${this.#what} could not be read: ${reason}.${rows}`;
        at('error-bar').hidden = false;
    }

    hide() {
        at('error-bar').hidden = true;
    }
}
