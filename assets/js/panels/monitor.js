/*
 * The realtime monitor: one row per event, newest on top. A single event shows
 * in the next frame, a burst a few times a second. The page has no more rows
 * than can be seen and some below: those further down come when they are
 * scrolled to, and none is made while the monitor is folded away.
 */
import { CHANGES, COLUMNS } from '../orders/columns.js';
import { compareDecimals } from '../lib/decimal.js';
import { element, plural } from '../lib/dom.js';
import { formatCount } from '../lib/format.js';
import { FLASH } from '../grid/flash.js';
import { FractionRoom } from '../grid/fraction_room.js';
import { paintSoon } from '../lib/paints.js';
import { shorten } from '../lib/names.js';
import { timeNode } from '../lib/times.js';

const KEPT_MAX = 500;
const ROWS = 60; /* more at a time */
const ROW_MIN_PX = 22;
const BELOW = 4; /* rows that can't be seen yet */
const NEAR_PX = 200; /* to the end of them */
const DISTANCE_MS = 200;
const BURST_MS = 400; /* where all that is seen is replaced */
const VALUE_MAX = 40;

const KINDS = {
    'data.new': 'new',
    'data.update': 'update',
    'data.delete': 'removed',
};

/* What else there is of an order is told where it changes. */
const SHOWN = ['id', 'instrument', 'side', 'quantity', 'price', 'status'];
const ORDER_COLUMNS = COLUMNS.filter(({ field, name }) =>
    !name && SHOWN.includes(field));

export class Monitor {
    #dom;
    #room;
    #kept = []; /* newest first: {event, before, row} */
    #fit = ROWS; /* as many as can be seen, and some below */
    #rows = ROWS; /* so many at most */
    #waiting = []; /* oldest first, not yet shown */
    #letGo = 0;
    #paused = false;
    #filter = '';
    #timer = 0;
    #isScrolled = false; /* to ask for scrollTop would have all of it laid out */
    #shown = -Infinity;
    #distance = DISTANCE_MS;

    /* dom: body, content (hidden: folded away), scroller, count, filter, pause,
     * clear, empty */
    constructor(dom) {
        this.#dom = dom;
        this.#room = new FractionRoom(dom.body);
        dom.filter.addEventListener('input', () => {
            this.#filter = dom.filter.value.trim().toLowerCase();
            this.#rows = this.#fit;
            this.render();
            this.#tell();
        });
        dom.filter.addEventListener('keydown', (event) => {
            if (event.key === 'Escape') {
                dom.filter.value = '';
                dom.filter.dispatchEvent(new Event('input'));
            }
        });
        dom.pause.addEventListener('click', () => this.#pause(!this.#paused));
        dom.clear.addEventListener('click', () => this.#clear());
        dom.scroller.addEventListener('scroll', () => this.#scrolled(),
            { passive: true });
        new ResizeObserver(([{ contentRect: { height } }]) =>
            this.#resized(height)).observe(dom.scroller);
        this.#tell();
    }

    #resized(height) {
        const isAtTop = this.#rows === this.#fit;

        this.#fit = Math.ceil(height / ROW_MIN_PX) + BELOW;
        if (isAtTop || this.#rows < this.#fit) {
            this.#rows = this.#fit;
            this.render();
        }
    }

    /* before: the state that the event replaced, or null if not known: an event
     * that tells what it changed needs none. */
    add(event, before) {
        this.#room.fit(event.order);
        this.#waiting.push({ event, before, row: null });
        if (this.#waiting.length > KEPT_MAX) {
            this.#waiting.shift();
            this.#letGo++;
        }
        this.#timer ||= setTimeout(() => paintSoon(this.#show),
            Math.max(0, this.#shown + this.#distance - performance.now()));
    }

    #show = () => {
        clearTimeout(this.#timer);
        this.#timer = 0;
        this.#shown = performance.now();
        this.#distance = this.#waiting.length > this.#fit ? BURST_MS : DISTANCE_MS;
        if (!this.#paused && this.#waiting.length) {
            this.#take(this.#waiting.splice(0));
        }
        this.#tell();
    };

    #take(entries) {
        const { body, scroller } = this.#dom;
        const isRead = !this.#isFolded && this.#isScrolled;

        this.#kept.unshift(...entries.reverse());
        this.#letGo += this.#kept.splice(KEPT_MAX).length;
        if (!isRead) {
            this.render();
            return;
        }
        /* What is being read further down stays where it is. */
        const read = [...body.children].find(
            (row) => row.offsetTop + row.offsetHeight > scroller.scrollTop);
        const top = read?.offsetTop;

        this.#rows += entries.filter((entry) => this.#matches(entry)).length;
        this.render();
        if (read?.isConnected) {
            scroller.scrollTop += read.offsetTop - top;
        }
    }

    /* The rows that there should be. */
    render() {
        const { body } = this.#dom;

        if (this.#isFolded) {
            body.replaceChildren();
            return;
        }
        const rows = this.#matching.slice(0, this.#rows)
            .map((entry) => this.#row(entry));
        const wanted = new Set(rows);
        let at;

        for (const row of [...body.children]) {
            if (!wanted.has(row)) {
                row.remove();
            }
        }
        at = body.firstElementChild;
        for (const row of rows) {
            if (row === at) {
                at = at.nextElementSibling;
            } else {
                body.insertBefore(row, at);
            }
        }
        for (const entry of this.#kept) {
            entry.row = wanted.has(entry.row) ? entry.row : null;
        }
    }

    #scrolled() {
        const { scroller } = this.#dom;

        this.#isScrolled = scroller.scrollTop > 0;
        const below = scroller.scrollHeight - scroller.clientHeight -
            scroller.scrollTop;

        if (scroller.scrollTop === 0 && this.#rows > this.#fit) {
            this.#rows = this.#fit;
            this.render();
        } else if (below < NEAR_PX && this.#rows < this.#kept.length) {
            this.#rows = Math.min(this.#rows + ROWS, KEPT_MAX);
            this.render();
        }
    }

    get #isFolded() {
        return this.#dom.content.hidden;
    }

    get #matching() {
        return this.#kept.filter((entry) => this.#matches(entry));
    }

    #matches({ event }) {
        return !this.#filter || String(event.order.instrument ?? '')
            .toLowerCase().includes(this.#filter);
    }

    #row(entry) {
        entry.row ??= rowOf(entry);
        return entry.row;
    }

    #pause(paused) {
        this.#paused = paused;
        this.#dom.pause.textContent = paused ? 'Resume' : 'Pause';
        this.#dom.pause.setAttribute('aria-pressed', String(paused));
        this.#show();
    }

    #clear() {
        this.#kept = [];
        this.#waiting = [];
        this.#letGo = 0;
        this.render();
        this.#tell();
    }

    #tell() {
        const shown = this.#matching.length;
        const kept = this.#kept.length;
        const parts = [
            this.#filter
                ? `${formatCount(shown)} of ${plural(kept, 'event')}`
                : plural(kept, 'event'),
        ];

        if (this.#letGo) {
            parts.push(`${formatCount(this.#letGo)} older dropped`);
        }
        if (this.#paused && this.#waiting.length) {
            parts.push(`${formatCount(this.#waiting.length)} waiting`);
        }
        this.#dom.count.textContent = parts.join(' \u00b7 ');
        this.#dom.empty.hidden = shown > 0;
    }
}

function rowOf({ event, before }) {
    const row = element('tr', { class: FLASH[event.type] });

    row.append(timeCellOf(event), element('td', { class: 'col-kind' }, kindOf(event)));
    for (const column of ORDER_COLUMNS) {
        const value = event.order[column.field];
        const cell = element(
            'td', { class: `col-${column.field}${column.end ? ' end' : ''}` });

        if (value !== undefined) {
            cell.append(column.cell(value, event.order));
        }
        row.append(cell);
    }
    const changed = element('td', { class: 'col-changed' });

    changed.append(...changesOf(event, before));
    changed.title = changed.textContent;
    row.append(changed);
    return row;
}

function kindOf(event) {
    return KINDS[event.type] ?? event.type;
}

function timeCellOf(event) {
    const cell = element('td', { class: 'col-time' });
    const node = timeNode(
        event.time ?? new Date(event.received).toISOString(), 'exact');

    if (!event.time) {
        node.title = 'When it changed is not known; this is when the page heard of it';
    }
    cell.append(node);
    return cell;
}

function changesOf(event, before) {
    if (event.type !== 'data.update') {
        return [];
    }
    const changed = event.changed ?? (before && differences(before, event));

    if (!changed) {
        return [element('span', { class: 'unknown' },
            event.folded ? 'caught up' : 'not recorded')];
    }
    return CHANGES.filter(({ field }) => changed[field])
        .map((change) => changeOf(change, ...changed[change.field]));
}

function differences(before, { order }) {
    const values = CHANGES.map(({ field }) =>
        [field, [before[field] ?? null, order[field] ?? null]]);

    return Object.fromEntries(values.filter(([, [old, now]]) => old !== now));
}

function changeOf({ title, words, decimal }, before, after) {
    const node = element('span', { class: 'change' });
    const way = decimal ? compareDecimals(after, before) : 0;

    node.append(
        element('span', { class: 'change-name' }, title), ' ',
        element('span', { class: 'change-old' }, wordsOf(words, before)), ' \u2192 ',
        element('span', { class: 'change-new' }, wordsOf(words, after)));
    if (way) {
        node.append(element('span', { class: way > 0 ? 'up' : 'down' },
            way > 0 ? ' \u25b2' : ' \u25bc'));
    }
    return node;
}

function wordsOf(words, value) {
    return value === null || value === undefined
        ? 'none'
        : shorten(words(value), VALUE_MAX);
}
