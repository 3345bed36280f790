/*
 * A grid's cells as its ColumnLayout has them: DataTables makes them in an order
 * of its own, and keeps to that; here they are put where they are to be seen.
 * Widths and what is pinned are rules of a style sheet, so that no row has to
 * be touched.
 */
import { nameOf, nameOfCell } from './column_layout.js';
import { narrowScreen } from '../lib/screen.js';

const FIXED_WIDTH = 40;

export class ColumnView {
    #element;
    #columns;
    #layout;
    #sheet = new CSSStyleSheet();
    #places = null; /* name -> place; null: as DataTables has it */

    constructor(element, columns, layout) {
        this.#element = element;
        this.#columns = columns;
        this.#layout = layout;
        document.adoptedStyleSheets.push(this.#sheet);
    }

    /* A row that was just made, or a head. */
    arrange(row) {
        const cells = [...row.cells];

        if (!this.#places || cells.length < 2) {
            return;
        }
        const sorted = cells.toSorted((a, b) => this.#place(a) - this.#place(b));

        if (sorted.some((cell, i) => cell !== cells[i])) {
            row.append(...sorted);
        }
    }

    /* seen: the columns that are to be seen, as a Set. Cells that are shown again
     * stand as DataTables has them until then. */
    apply(seen) {
        const { isOrdered, names } = this.#layout;
        const focused = document.activeElement;
        const wasOrdered = this.#places !== null;

        this.#places = isOrdered || wasOrdered
            ? new Map(names.map((name, i) => [name, i])) : null;
        if (this.#places) {
            for (const row of this.#element.rows) {
                this.arrange(row);
            }
        }
        if (this.#element.contains(focused) &&
            document.activeElement !== focused) {
            focused.focus({ preventScroll: true });
        }
        this.#style(seen);
    }

    #place(cell) {
        return this.#places.get(nameOfCell(cell)) ?? -1;
    }

    #style(seen) {
        const isPlain = this.#layout.isPlain || narrowScreen.matches;

        this.#sheet.replaceSync(isPlain ? '' : this.#rules(seen));
        this.#element.classList.toggle('is-sized', !isPlain);
    }

    #rules(seen) {
        const shown = new Map(this.#columns.filter((one) => seen.has(one))
            .map((column) => [nameOf(column), column]));
        const fixed = [...shown.values()].filter(({ isFixed }) => isFixed)
            .map(nameOf);
        const names = this.#layout.names.filter((name) => shown.has(name));
        const isPinned = names.some((name) => this.#layout.isPinned(name));
        const rules = [];
        let left = 0;

        for (const name of [...fixed, ...names]) {
            const isOwn = fixed.includes(name);
            const width = isOwn ? FIXED_WIDTH : this.#layout.width(name);

            rules.push(`#orders th.col-${name} { width: ${width}px }`);
            if (isOwn ? isPinned : this.#layout.isPinned(name)) {
                rules.push(...pinRules(name, left));
            }
            left += width;
        }
        rules.push(`#orders { min-width: ${left}px; ` +
            `width: ${this.#layout.isSized ? `${left}px` : '100%'} }`);
        return rules.join('\n');
    }
}

/* Nothing of what passes below shines through: what is laid over a row is laid
 * over the row's own colour. */
function pinRules(name, left) {
    const cell = (row) => `#orders > tbody > ${row} > td.col-${name}`;
    const ground = (row, colour) => `${cell(row)} { background-image: ` +
        `linear-gradient(${colour} 0 0) }`;

    return [
        `#orders th.col-${name} { position: sticky; left: ${left}px; ` +
            'z-index: 1 }',
        `${cell('tr[id]')} { position: sticky; left: ${left}px; z-index: 1; ` +
            'background-color: inherit }',
        ground('tr[id]:is(:hover, :focus)', 'var(--hover)'),
        ground('tr[aria-selected="true"]',
            'color-mix(in srgb, var(--focus) 12%, transparent)'),
    ];
}
