/*
 * The keyboard focus in a grid: one row can be reached by Tab, arrows move from
 * there. It is remembered by its id, so it survives a refresh; where its row has
 * gone it goes to the one that has taken the place. That moves the focus alone:
 * only what the user does goes to a row.
 */
const STEPS = {
    ArrowDown: (index) => index + 1,
    ArrowUp: (index) => index - 1,
    Home: () => 0,
    End: (index, last) => last,
};

export class RowFocus {
    #body;
    #gone;
    #id = null;
    #held = -1; /* where the row with the focus was, or -1 */
    #beneath = -1; /* and that whose focus a dialog has taken */
    #byTab = false;

    /* gone(id): the user has gone to this row, by a key. */
    constructor(body, gone) {
        this.#body = body;
        this.#gone = gone;
        body.addEventListener('focusin', (event) => {
            const row = event.target.closest('tr[id]');

            if (row) {
                this.#stand(row);
                if (this.#byTab) {
                    this.#gone(row.id, { byTab: true });
                }
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
        /* The focus moves between the two. */
        for (const type of ['keydown', 'keyup']) {
            document.addEventListener(type, ({ key }) => {
                this.#byTab = type === 'keydown' && key === 'Tab';
            }, true);
        }
        window.addEventListener('blur', () => {
            this.#byTab = false;
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
        }
        (same ?? rows[0])?.setAttribute('tabindex', '0');
        this.#focusNear(this.#held);
        this.#held = -1;
    }

    /* The row that is the chosen one; null: none is. */
    select(id) {
        for (const row of this.#rows()) {
            row.setAttribute('aria-selected', String(row.id === id));
        }
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
        this.#gone(next.id, { byTab: false });
        return true;
    }

    #stand(row) {
        for (const other of this.#rows()) {
            other.tabIndex = other === row ? 0 : -1;
        }
        this.#id = row.id;
    }

    #rows() {
        return [...this.#body.querySelectorAll(':scope > tr[id]')];
    }
}
