/*
 * Which rows are coloured, since when. Kept by order, not by row, because a
 * refresh replaces the rows: a colour goes on where it was. The fade is set in
 * steps, a few a second: a hundred animations at the display's rate would keep
 * a processor busy with nothing. Where a number has gone up or down, its cell
 * says so as long.
 */
import { compareDecimals } from '../lib/decimal.js';
import { paintSoon } from '../lib/paints.js';

const FLASH_MS = 5000;
const HOLD_MS = 800;
const STEP_MS = 200;

export const FLASH = {
    'data.new': 'flash-new',
    'data.update': 'flash-update',
    'data.delete': 'flash-delete',
};

const CLASSES = Object.values(FLASH);
const NUMBERS = ['quantity', 'price', 'filled_quantity', 'average_price'];

export class Flashes {
    #marks = new Map();
    #find;
    #timer = 0;
    #fresh = new Set(); /* marked, not painted yet */

    /* find(id) gives the row shown for an order, or null. */
    constructor(find) {
        this.#find = find;
    }

    /* changed: {field: [before, after]}, where an event tells of it. */
    mark(id, type, changed = {}) {
        const mark = {
            name: FLASH[type], since: performance.now(),
            ways: { ...this.#marks.get(id)?.ways, ...waysOf(changed) },
        };

        this.#marks.set(id, mark);
        this.#fresh.add(id);
        paintSoon(this.#paint);
        this.#timer ||= setInterval(() => paintSoon(this.#step), STEP_MS);
    }

    #paint = () => {
        for (const id of this.#fresh) {
            const mark = this.#marks.get(id);

            if (mark) {
                paint(this.#find(id), mark);
            }
        }
        this.#fresh.clear();
    };

    /* After the rows were replaced. */
    repaint() {
        for (const [id, mark] of this.#marks) {
            paint(this.#find(id), mark);
        }
    }

    clear() {
        for (const id of this.#marks.keys()) {
            paint(this.#find(id), null);
        }
        this.#marks.clear();
        this.#fresh.clear();
        this.#rest();
    }

    #step = () => {
        const now = performance.now();

        for (const [id, mark] of this.#marks) {
            const row = this.#find(id);

            if (now - mark.since >= FLASH_MS) {
                this.#marks.delete(id);
                paint(row, null);
            } else if (row) {
                fade(row, level(now - mark.since));
            }
        }
        this.#rest();
    };

    #rest() {
        if (!this.#marks.size) {
            clearInterval(this.#timer);
            this.#timer = 0;
        }
    }
}

/* What is so already is left alone: the browser would style the whole row
 * again. */
function paint(row, mark) {
    if (!row) {
        return;
    }
    for (const name of CLASSES) {
        if (row.classList.contains(name) !== (name === mark?.name)) {
            row.classList.toggle(name);
        }
    }
    for (const way of ['up', 'down']) {
        tell(row, way, mark?.ways ?? {});
    }
    if (mark) {
        fade(row, level(performance.now() - mark.since));
    } else {
        row.style.removeProperty('--flash');
    }
}

function fade(row, share) {
    if (row.style.getPropertyValue('--flash') !== share) {
        row.style.setProperty('--flash', share);
    }
}

/* {field: "up" or "down"} of the numbers that are others now. */
function waysOf(changed) {
    return Object.fromEntries(NUMBERS.filter((field) => changed[field])
        .map((field) => [field, compareDecimals(...changed[field])])
        .filter(([, sign]) => sign)
        .map(([field, sign]) => [field, sign < 0 ? 'up' : 'down']));
}

function tell(row, way, ways) {
    const fields = Object.keys(ways).filter((field) => ways[field] === way)
        .join(' ');

    if (!fields) {
        delete row.dataset[way];
    } else if (row.dataset[way] !== fields) {
        row.dataset[way] = fields;
    }
}

function level(age) {
    const left = (FLASH_MS - age) / (FLASH_MS - HOLD_MS);

    return `${Math.round(100 * Math.min(Math.max(left, 0), 1))}%`;
}
