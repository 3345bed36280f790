/*
 * The bar above the grid: why the rows could not be read, and since when the
 * ones shown are from.
 */
import { clockTime } from './format.js';

export class ErrorBar {
    #dom;

    /* dom: bar, text, retry */
    constructor(dom, retry) {
        this.#dom = dom;
        dom.retry.addEventListener('click', retry);
    }

    show(reason, rowsFrom) {
        const rows = rowsFrom
            ? ` The rows are those of ${clockTime(rowsFrom)}.`
            : '';

        this.#dom.text.textContent =
            `The orders could not be read: ${reason}.${rows}`;
        this.#dom.bar.hidden = false;
    }

    hide() {
        this.#dom.bar.hidden = true;
    }
}
