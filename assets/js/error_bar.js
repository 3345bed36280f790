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

    show(reason, rowsFrom) {
        const rows = rowsFrom
            ? ` The rows are those of ${clockTime(rowsFrom)}.`
            : '';

        at('error-text').textContent =
            `The ${this.#what} could not be read: ${reason}.${rows}`;
        at('error-bar').hidden = false;
    }

    hide() {
        at('error-bar').hidden = true;
    }
}
