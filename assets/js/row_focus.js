/*
 * One row of the grid can be reached by Tab, arrows move from there. The row
 * is remembered by its id, so the focus survives a refresh.
 */
const STEPS = {
    ArrowDown: (index) => index + 1,
    ArrowUp: (index) => index - 1,
    Home: () => 0,
    End: (index, last) => last,
};

export class RowFocus {
    #body;
    #id = null;
    #held = -1; /* where the row with the focus was, or -1 */
    #beneath = -1; /* and that whose focus a dialog has taken */
    #chosen;

    /* chosen(): another row is the one. */
    constructor(body, chosen) {
        this.#body = body;
        this.#chosen = chosen;
        body.addEventListener('focusin', (event) => {
            const row = event.target.closest('tr[id]');

            if (row) {
                this.#choose(row);
            }
        });
        body.addEventListener('focusout', ({ target, relatedTarget }) => {
            this.#beneath = relatedTarget?.closest?.('dialog')
                ? this.#rows().indexOf(target.closest('tr[id]')) : -1;
        });
        /* A dialog gives the focus back to its row, unless that has been
         * replaced meanwhile. */
        document.addEventListener('close', () => {
            if (document.activeElement.matches('body, dialog:not([open]) *')) {
                this.#focusNear(this.#beneath);
            }
            this.#beneath = -1;
        }, true);
        body.addEventListener('keydown', (event) => {
            if (event.target.matches('tr[id]') && this.move(event.key)) {
                event.preventDefault();
            }
        });
    }

    /* Of the row; null: none has had the focus yet. */
    get id() {
        return this.#id;
    }

    /* Before the rows are replaced. */
    hold() {
        const row = document.activeElement?.closest?.('tr[id]');

        this.#held = this.#rows().indexOf(row);
    }

    /* After it. */
    restore() {
        const rows = this.#rows();
        const same = rows.find((row) => row.id === this.#id);

        for (const row of rows) {
            row.tabIndex = -1;
            row.setAttribute('aria-selected', String(row === same));
        }
        (same ?? rows[0])?.setAttribute('tabindex', '0');
        this.#focusNear(this.#held);
        this.#held = -1;
    }

    /* The row, or, where it has gone, the one that has its place now; index -1:
     * it had no focus. */
    #focusNear(index) {
        const rows = this.#rows();

        if (index >= 0) {
            (rows.find((row) => row.id === this.#id) ??
                rows[Math.min(index, rows.length - 1)])
                ?.focus({ preventScroll: true });
        }
    }

    /* True when the key moved the focus. */
    move(key) {
        const step = STEPS[key];
        const rows = this.#rows();

        if (!step || !rows.length) {
            return false;
        }
        const last = rows.length - 1;
        const index = rows.findIndex((row) => row.id === this.#id);
        const next = index < 0
            ? rows[key === 'End' ? last : 0]
            : rows[Math.min(Math.max(step(index, last), 0), last)];

        next.focus();
        return true;
    }

    #choose(row) {
        for (const other of this.#rows()) {
            other.tabIndex = other === row ? 0 : -1;
            other.setAttribute('aria-selected', String(other === row));
        }
        if (this.#id !== row.id) {
            this.#id = row.id;
            this.#chosen();
        }
    }

    #rows() {
        return [...this.#body.querySelectorAll(':scope > tr[id]')];
    }
}
