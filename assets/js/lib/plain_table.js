/*
 * A small table whose rows are known as a whole: logins, tokens, actions.
 */
import { element } from './dom.js';

export class PlainTable {
    #table;
    #columns;
    #empty;

    /* columns: {title, cell(row) -> a node or text, name (its class col-NAME),
     * end: true for numbers}; empty: the sentence of a table without rows, or
     * a function that gives it. */
    constructor(table, columns, empty) {
        const head = element('tr');

        /* On a narrow screen the style makes blocks of rows and cells, which
         * would take from them what they are. */
        table.setAttribute('role', 'table');
        head.setAttribute('role', 'row');
        this.#table = table;
        this.#columns = columns;
        this.#empty = empty;
        for (const column of columns) {
            const cell = element('th', { class: classOf(column) }, column.title);

            cell.scope = 'col';
            cell.setAttribute('role', 'columnheader');
            head.append(cell);
        }
        table.createTHead().append(head);
        table.append(element('tbody'));
        this.#say('Loading\u2026');
    }

    show(rows) {
        this.#body.replaceChildren();
        this.add(rows);
        if (!rows.length) {
            this.#say(typeof this.#empty === 'function' ? this.#empty()
                : this.#empty);
        }
    }

    /* Below those that are there. */
    add(rows) {
        this.#body.append(...rows.map((row) => this.#row(row)));
    }

    /* Rows could not be read: what is shown stays, unless it is nothing. */
    fail(reason) {
        if (!this.#body.querySelector('td:not(.empty)')) {
            this.#say(reason);
        }
    }

    get #body() {
        return this.#table.tBodies[0];
    }

    #row(row) {
        const line = element('tr');

        line.setAttribute('role', 'row');
        for (const column of this.#columns) {
            const cell = element('td', { class: classOf(column) });
            const value = column.cell(row);

            cell.setAttribute('role', 'cell');
            cell.dataset.title = column.title;
            cell.append(value ?? '');
            if (typeof value === 'string') {
                cell.title = value;
            }
            line.append(cell);
        }
        return line;
    }

    #say(text) {
        const row = element('tr');
        const cell = element('td', { class: 'empty' }, text);

        cell.colSpan = this.#columns.length;
        row.append(cell);
        this.#body.replaceChildren(row);
    }
}

function classOf({ name, end }) {
    return [name && `col-${name}`, end && 'end'].filter(Boolean).join(' ');
}
