/*
 * The keyboard focus in a grid: one row can be reached by Tab, arrows move from
 * there. It is remembered by its id, so it survives a refresh; where its row
 * has gone it goes to the one below. That moves the focus alone: what is chosen
 * is another thing.
 */
import { isFocusLost } from '../lib/dom.js';

/* far: rows that can be seen at once. */
const STEPS = {
    ArrowDown: (index) => index + 1,
    ArrowUp: (index) => index - 1,
    PageDown: (index, last, far) => index + far,
    PageUp: (index, last, far) => index - far,
    Home: () => 0,
    End: (index, last) => last,
};
/* From the last or first row on: [so many pages on, the row there]. */
const TURNS = { PageDown: [1, 'Home'], PageUp: [-1, 'End'] };

export class RowFocus {
    #body;
    #gone;
    #turn;
    #landing = null; /* "Home" or "End": of the page that is being turned to */
    #id = null;
    #held = []; /* ids: the row with the focus, and who may take its place */
    #beneath = []; /* and those of one whose focus a dialog has taken */
    #byTab = false;

    /* gone(id): the user has gone to this row, by a key; turn(step): wants so
     * many pages on. False: there is none. */
    constructor(body, gone, turn) {
        this.#body = body;
        this.#gone = gone;
        this.#turn = turn;
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
                ? this.#from(target.closest('tr[id]')) : [];
        });
        /* A dialog gives the focus back to its row, unless that has been
         * replaced meanwhile. The event comes late: the dialog may be open
         * again, or another one. */
        document.addEventListener('close', () => {
            if (document.querySelector('dialog[open]')) {
                return;
            }
            if (isFocusLost()) {
                this.#focusFirst(this.#beneath);
            }
            this.#beneath = [];
        }, true);
        body.addEventListener('keydown', (event) => {
            if (event.target.matches('tr[id]') && !isChord(event) &&
                this.move(event.key, event.repeat)) {
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

    /* The id of the row that has it now, or null. */
    get now() {
        const { activeElement } = document;

        return this.#body.contains(activeElement)
            ? activeElement.closest('tr[id]')?.id ?? null : null;
    }

    /* Before the rows are replaced. */
    hold() {
        this.#held =
            this.#from(document.activeElement?.closest?.('tr[id]'));
    }

    /* After it. */
    restore() {
        const rows = this.#rows();
        const same = rows.find((row) => row.id === this.#id);

        for (const row of rows) {
            row.tabIndex = -1;
        }
        (same ?? rows[0])?.setAttribute('tabindex', '0');
        if (this.#landing && this.#held.length) {
            this.move(this.#landing);
        } else {
            this.#focusFirst(this.#held);
        }
        this.#held = [];
        this.#landing = null;
    }

    /* The page that was turned to does not come. */
    stay() {
        this.#landing = null;
    }

    /* The row that is the chosen one; null: none is. */
    select(id) {
        for (const row of this.#rows()) {
            row.setAttribute('aria-selected', String(row.id === id));
        }
    }

    /* The ids of a row, of those below it, then of those above. */
    #from(row) {
        const ids = this.#rows().map(({ id }) => id);
        const index = ids.indexOf(row?.id);

        return index < 0 ? []
            : [...ids.slice(index), ...ids.slice(0, index).reverse()];
    }

    /* The first of them that is there; ids empty: none had the focus. */
    #focusFirst(ids) {
        const rows = this.#rows();
        const id = ids.find((one) => rows.some((row) => row.id === one));

        if (ids.length) {
            (rows.find((row) => row.id === id) ?? rows[0])
                ?.focus({ preventScroll: true });
        }
    }

    /* True when the key was of use: it moved the focus. A held one turns no
     * page. */
    move(key, isHeld = false) {
        const step = STEPS[key];
        const rows = this.#rows();

        if (!step || !rows.length) {
            return false;
        }
        const last = rows.length - 1;
        const index = rows.findIndex((row) => row.id === this.#id);
        const [pages, landing] = TURNS[key] ?? [];

        if (pages && index === (pages > 0 ? last : 0)) {
            if (!isHeld && this.#turn(pages)) {
                this.#landing = landing;
            }
            return true;
        }
        const next = index < 0
            ? rows[key === 'End' ? last : 0]
            : rows[Math.min(Math.max(
                step(index, last, this.#far(rows[index])), 0), last)];

        next.focus();
        this.#gone(next.id, { byTab: false });
        return true;
    }

    /* But one, to see where one was. */
    #far(row) {
        const { clientHeight } = this.#body.closest('table').parentElement;

        return Math.max(1,
            Math.floor(clientHeight / Math.max(row.offsetHeight, 1)) - 2);
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

function isChord({ ctrlKey, metaKey, altKey, shiftKey }) {
    return ctrlKey || metaKey || altKey || shiftKey;
}
