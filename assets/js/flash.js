/*
 * Which rows are coloured, since when. Kept by order, not by row, because a
 * refresh replaces the rows: a colour goes on where it was. The fade is set in
 * steps, a few a second: a hundred animations at the display's rate would keep
 * a processor busy with nothing. Where a number has gone up or down, its cell
 * says so as long.
 */
import { compareDecimals } from './decimal.js';
import { paintSoon } from './lib/paints.js';

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

            if (now - mark.since < FLASH_MS) {
                row?.style.setProperty('--flash', level(now - mark.since));
            } else {
                this.#marks.delete(id);
                paint(row, null);
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

function paint(row, mark) {
    if (!row) {
        return;
    }
    row.classList.remove(...CLASSES);
    for (const way of ['up', 'down']) {
        tell(row, way, mark?.ways ?? {});
    }
    if (mark) {
        row.classList.add(mark.name);
        row.style.setProperty(
            '--flash', level(performance.now() - mark.since));
    } else {
        row.style.removeProperty('--flash');
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
    const fields = Object.keys(ways).filter((field) => ways[field] === way);

    if (fields.length) {
        row.dataset[way] = fields.join(' ');
    } else {
        delete row.dataset[way];
    }
}

function level(age) {
    const left = (FLASH_MS - age) / (FLASH_MS - HOLD_MS);

    return `${Math.round(100 * Math.min(Math.max(left, 0), 1))}%`;
}
