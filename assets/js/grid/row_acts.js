/*
 * What the user does with the rows of a grid of orders: a click, an arrow or
 * Enter means the order of that row from then on, a box one of several. Of a
 * click the press decides: where rows shift before it is let go, it still means
 * the row that it began on. With Shift several are meant, up to this one, with
 * Ctrl one more or one less.
 */
import { orderIdOf, rowIdOf } from './orders_table.js';
import { RowRange } from './row_range.js';
import { hushUntrue, object } from '../actions/said.js';

/* A pointer that goes further than so many pixels while it is pressed has been
 * moved. */
const STILL_PX = 8;

export class RowActs {
    #table;
    #current;
    #choice;
    #range;
    #pointer;
    #enter;
    #presses = []; /* {id, part, x, y}: the last two */
    #clicked = { id: null, field: null }; /* the cell that was clicked last */

    /* table: OrdersTable; current: CurrentOrder; choice: OrderChoice, or null;
     * pointer: PointerHold; enter(field): the chosen order is to be changed, by
     * the cell of it that was clicked last or, null, by any. */
    constructor(table, { current, choice, pointer, enter }) {
        const { body } = table;

        this.#table = table;
        this.#current = current;
        this.#choice = choice;
        this.#range = choice && new RowRange(choice);
        this.#pointer = pointer;
        this.#enter = enter;
        body.addEventListener('pointerdown', (event) => this.#press(event));
        body.addEventListener('mousedown', (event) => {
            if (choice && event.shiftKey) {
                event.preventDefault(); /* no text is selected */
            }
        });
        body.addEventListener('click', (event) => this.#click(event));
        body.addEventListener('dblclick', (event) => this.#open(event));
        body.addEventListener('keydown', (event) => this.#key(event));
    }

    /* By Tab the focus comes to a row, but what is chosen stays so. isEnd: of
     * several, which go from another one. */
    choose(rowId, { byTab = false, isEnd = false } = {}) {
        const id = orderIdOf(rowId);

        if (byTab && this.#current.id !== null) {
            return;
        }
        if (!isEnd) {
            this.#range?.start(id);
        }
        if (this.#table.isGone(id)) {
            this.#current.clear();
        } else if (this.#current.id !== id) {
            this.#current.choose(this.#table.order(this.#table.row(id)));
        }
    }

    #key(event) {
        if (!event.target.matches('tr[id]')) {
            return;
        }
        if (this.#choice && this.#severalByKey(event)) {
            event.preventDefault();
            return;
        }
        if (event.key === 'Escape') {
            this.#clear();
        } else if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') {
            this.#unfold(event.target, event.key === 'ArrowRight');
        } else if (event.key !== 'Enter' && event.key !== ' ') {
            return;
        } else if (!event.repeat) {
            this.#act(event);
        }
        event.preventDefault();
    }

    /* The row first, then those with a box. */
    #clear() {
        if (this.#current.id === null) {
            this.#choice?.clear();
        }
        this.#current.clear();
    }

    /* True: the key meant several. */
    #severalByKey({ key, target, shiftKey, ctrlKey, metaKey }) {
        const isBelow = key === 'ArrowDown';

        if (key === 'a' && (ctrlKey || metaKey)) {
            this.#choice.set(this.#present, true);
            return true;
        }
        if (!shiftKey || !isBelow && key !== 'ArrowUp') {
            return false;
        }
        const rows = [...target.parentElement.querySelectorAll(
            ':scope > tr[id]')];
        const next = rows[rows.indexOf(target) + (isBelow ? 1 : -1)];

        if (next) {
            next.focus();
            this.#extend(next.id);
        }
        return true;
    }

    #extend(rowId) {
        this.choose(rowId, { isEnd: true });
        this.#range.to(this.#present, orderIdOf(rowId));
    }

    get #present() {
        return this.#table.orders.filter(({ id }) => !this.#table.isGone(id));
    }

    /* Enter and Space act on the chosen order where its row has the focus; on
     * any other row they choose, and do no more. */
    #act({ key, target }) {
        const { id, field } = this.#clicked;

        if (this.#current.id !== orderIdOf(target.id)) {
            this.choose(target.id);
        } else if (key === 'Enter') {
            this.#enter(id === this.#current.id ? field : null);
        } else {
            this.#choice?.toggle(this.#current.order);
        }
    }

    #unfold(node, on) {
        const fold = node.querySelector('.fold');

        if (fold?.checkVisibility() && fold.ariaExpanded !== String(on)) {
            this.#table.toggleDetail(this.#table.rowAt(node));
        }
    }

    #press({ target, clientX: x, clientY: y }) {
        const id = orderIdOf(target.closest('tr[id]')?.id);

        this.#presses = [
            ...this.#presses.slice(-1), { id, part: partOf(target), x, y },
        ];
    }

    /* {id, part} of what a click means; part null: nothing, as the pointer was
     * moved while it was pressed. */
    #meant({ detail, target, clientX: x, clientY: y }) {
        const own = {
            id: orderIdOf(target.closest('tr[id]')?.id), part: partOf(target),
        };
        const press = this.#presses.at(-1);

        if (!detail || !press) {
            return own; /* by a key */
        }
        return Math.hypot(x - press.x, y - press.y) <= STILL_PX ? press
            : { ...own, part: own.id === press.id ? own.part : null };
    }

    #click(event) {
        const { id, part } = this.#meant(event);
        const row = this.#table.row(id);

        if (!row) {
            return;
        }
        const node = row.node();

        if (!node.contains(event.target)) {
            event.preventDefault(); /* another row's box stays as it is */
        }
        if (this.#isStray(event)) {
            event.preventDefault();
            object('The rows had just moved, so nothing was done. Try again.',
                () => this.#pointer.isStray);
            return;
        }
        hushUntrue();
        this.#clicked = { id, field: fieldOf(part) };
        if (part === 'fold') {
            this.#table.toggleDetail(row);
        } else if (part !== null && this.#choice && isSeveral(event)) {
            this.#several(event, row);
        } else if (part === 'choose') {
            if (!this.#table.isGone(id)) {
                this.#choice.toggle(this.#table.order(row));
            }
            node.focus({ preventScroll: true });
            this.choose(node.id);
        } else if (part !== null && getSelection().isCollapsed) {
            node.focus({ preventScroll: true });
            this.choose(node.id);
        }
    }

    #several({ shiftKey }, row) {
        const node = row.node();

        node.focus({ preventScroll: true });
        if (shiftKey) {
            this.#extend(node.id);
        } else {
            this.choose(node.id);
            if (!this.#table.isGone(row.data().id)) {
                this.#choice.toggle(this.#table.order(row));
            }
        }
    }

    /* Not one that a key makes. */
    #isStray({ detail }) {
        return detail > 0 && this.#pointer.isStray;
    }

    /* Both of its clicks began on one row. */
    #open(event) {
        const { id, part } = this.#meant(event);
        const [first] = this.#presses;

        if (this.#table.row(id) && first.id === id && fieldOf(part) &&
            !this.#isStray(event)) {
            getSelection().removeAllRanges();
            this.choose(rowIdOf(id));
            if (this.#current.id !== null) {
                this.#enter(fieldOf(part));
            }
        }
    }
}

/* "fold" and "choose" of its row, or the class of the column. All of the box's
 * cell means the box. */
function partOf(target) {
    return target.closest('.fold') ? 'fold'
        : target.closest('.choose, td.col-choose') ? 'choose'
            : /\bcol-\w+/.exec(target.closest('td')?.className ?? '')?.[0] ??
                'row';
}

const isSeveral = ({ shiftKey, ctrlKey, metaKey }) =>
    shiftKey || ctrlKey || metaKey;

const fieldOf = (part) => /^col-(.+)/.exec(part)?.[1] ?? null;
