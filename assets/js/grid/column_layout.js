/*
 * How the columns of a grid stand: in which order, how wide, which of them are
 * shown and which stay in sight at the left. What nobody has said is as the
 * page has it. Knows no table.
 */
const WIDTH_MIN = 48;
const WIDTH_MAX = 1000;
const WIDTH_OTHERWISE = 120;

/* Of a column (columns.js), as layouts and the classes of cells have it. */
export const nameOf = ({ name, field }) => name ?? field;

export const nameOfCell = ({ className }) =>
    /\bcol-(\w+)/.exec(className)?.[1];

export class ColumnLayout {
    #columns = new Map(); /* name -> column, in the page's own order */
    #order;
    #widths = new Map();
    #shown = new Map(); /* name -> was it shown, or hidden, by hand */
    #pinned = new Set();
    #listeners = new Set();

    /* columns: as columns.js has them. A fixed one stands first, and is nobody's
     * to move. */
    constructor(columns) {
        for (const column of columns.filter(({ isFixed }) => !isFixed)) {
            this.#columns.set(nameOf(column), column);
        }
        this.#order = [...this.#columns.keys()];
    }

    onChange(listener) {
        this.#listeners.add(listener);
    }

    /* All names, from the left: those that are pinned come first. */
    get names() {
        return [...this.#order.filter((name) => this.#pinned.has(name)),
            ...this.#order.filter((name) => !this.#pinned.has(name))];
    }

    /* Is it all as the page has it? */
    get isPlain() {
        return !this.#widths.size && !this.#shown.size && !this.#pinned.size &&
            !this.isOrdered;
    }

    /* Is the order another than the page's own? */
    get isOrdered() {
        return this.names.join() !== [...this.#columns.keys()].join();
    }

    /* Has any been given a width? */
    get isSized() {
        return this.#widths.size > 0;
    }

    has(name) {
        return this.#columns.has(name);
    }

    title(name) {
        return this.#columns.get(name).title;
    }

    /* In pixels. */
    width(name) {
        return this.#widths.get(name) ?? this.#columns.get(name)?.width ??
            WIDTH_OTHERWISE;
    }

    /* true or false as it was said by hand; undefined: nobody has. */
    shown(name) {
        return this.#shown.get(name);
    }

    isPinned(name) {
        return this.#pinned.has(name);
    }

    /* widths: {name: pixels}; null: as the page has it. */
    size(widths) {
        for (const [name, width] of Object.entries(widths)) {
            if (width === null) {
                this.#widths.delete(name);
            } else {
                this.#widths.set(name, Math.round(
                    Math.min(Math.max(width, WIDTH_MIN), WIDTH_MAX)));
            }
        }
        this.#tell();
    }

    show(name, isShown) {
        this.#shown.set(name, isShown);
        this.#tell();
    }

    pin(name, isPinned) {
        this.#pinned[isPinned ? 'add' : 'delete'](name);
        this.#tell();
    }

    /* To stand before another; null: behind all. Pinned as its neighbours are. */
    move(name, before) {
        const others = this.names.filter((one) => one !== name);
        const at = before === null ? others.length : others.indexOf(before);

        if (before === name) {
            return;
        }
        others.splice(at, 0, name);
        this.#order = others;
        if (before !== null && this.#pinned.has(before)) {
            this.#pinned.add(name);
        } else if (at > 0 && !this.#pinned.has(others[at - 1])) {
            this.#pinned.delete(name);
        }
        this.#tell();
    }

    /* One place on, -1 or 1, among those that are counted: names, in order. False
     * where it is the last. */
    step(name, by, among = this.names) {
        const at = among.indexOf(name);
        const to = at + by;

        if (at < 0 || to < 0 || to >= among.length) {
            return false;
        }
        this.move(name, by < 0 ? among[to] : among[to + 1] ?? this.#behind(
            among[to]));
        return true;
    }

    #behind(name) {
        const { names } = this;

        return names[names.indexOf(name) + 1] ?? null;
    }

    /* As a layout has it: {columns, pinned}. */
    get kept() {
        return {
            columns: this.names.map((name) => ({
                name,
                ...this.#widths.has(name) && { width: this.#widths.get(name) },
                ...this.#shown.has(name) && { visible: this.#shown.get(name) },
            })),
            pinned: this.names.filter((name) => this.#pinned.has(name)),
        };
    }

    /* Columns that there are not are passed over; those that it does not name
     * stand where the page has them. */
    put({ columns = [], pinned = [] }) {
        const known = columns.filter(({ name }) => this.#columns.has(name));

        this.#order = [...new Set(known.map(({ name }) => name))];
        this.#fill();
        this.#widths = new Map(known.filter(({ width }) => width)
            .map(({ name, width }) => [name, width]));
        this.#shown = new Map(known.filter(({ visible }) =>
            typeof visible === 'boolean')
            .map(({ name, visible }) => [name, visible]));
        this.#pinned = new Set([].concat(pinned).filter(
            (name) => this.#columns.has(name)));
        this.#tell();
    }

    #fill() {
        let before = null;

        for (const name of this.#columns.keys()) {
            if (!this.#order.includes(name)) {
                this.#order.splice(this.#order.indexOf(before) + 1, 0, name);
            }
            before = name;
        }
    }

    #tell() {
        this.#listeners.forEach((listener) => listener());
    }
}
