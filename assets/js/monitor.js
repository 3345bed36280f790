/*
 * The realtime monitor: one row per event, newest on top. A single event shows
 * in the next frame, a burst a few times a second, and the oldest are let go,
 * so a burst costs no more than what can be seen.
 */
import { CHANGES, COLUMNS } from './columns.js';
import { compareDecimals } from './decimal.js';
import { element, plural } from './dom.js';
import { clockTimeMs, formatCount, parseTime } from './format.js';
import { FLASH } from './flash.js';
import { FractionRoom } from './fraction_room.js';
import { shorten } from './names.js';

const KEPT_MAX = 500;
const DISTANCE_MS = 120;
const VALUE_MAX = 40;

const KINDS = {
    'data.new': 'new',
    'data.update': 'update',
    'data.delete': 'removed',
};

const ORDER_COLUMNS = COLUMNS.filter(({ field }) => field !== 'updated');

export class Monitor {
    #dom;
    #room;
    #kept = []; /* newest first: {event, changes, row} */
    #waiting = []; /* oldest first, not yet shown */
    #letGo = 0;
    #paused = false;
    #filter = '';
    #frame = 0;
    #shown = -Infinity;

    /* dom: body, scroller, count, filter, pause, clear, empty */
    constructor(dom) {
        this.#dom = dom;
        this.#room = new FractionRoom(dom.body);
        dom.filter.addEventListener('input', () => {
            this.#filter = dom.filter.value.trim().toLowerCase();
            this.#showAll();
        });
        dom.filter.addEventListener('keydown', (event) => {
            if (event.key === 'Escape') {
                dom.filter.value = '';
                dom.filter.dispatchEvent(new Event('input'));
            }
        });
        dom.pause.addEventListener('click', () => this.#pause(!this.#paused));
        dom.clear.addEventListener('click', () => this.#clear());
        this.#tell();
    }

    /* before: the state that the event replaced, or null if not known. */
    add(event, before) {
        this.#room.fit(event.order);
        this.#waiting.push({
            event, changes: changesOf(event, before), row: null,
        });
        if (this.#waiting.length > KEPT_MAX) {
            this.#waiting.shift();
            this.#letGo++;
        }
        this.#frame ||= requestAnimationFrame(() => this.#turn());
    }

    #turn() {
        if (performance.now() - this.#shown < DISTANCE_MS) {
            this.#frame = requestAnimationFrame(() => this.#turn());
        } else {
            this.#show();
        }
    }

    #show() {
        cancelAnimationFrame(this.#frame);
        this.#frame = 0;
        this.#shown = performance.now();
        if (!this.#paused) {
            this.#take(this.#waiting.splice(0));
        }
        this.#tell();
    }

    #take(entries) {
        const rows = document.createDocumentFragment();
        const { body, scroller } = this.#dom;
        const top = scroller.scrollTop;
        const height = top > 0 ? scroller.scrollHeight : 0;

        for (const entry of entries.reverse()) {
            if (this.#matches(entry)) {
                rows.append(this.#row(entry));
            }
        }
        body.prepend(rows);
        /* What is being read further down stays where it is. */
        if (top > 0) {
            scroller.scrollTop = top + scroller.scrollHeight - height;
        }
        this.#kept.unshift(...entries);
        for (const old of this.#kept.splice(KEPT_MAX)) {
            old.row?.remove();
            this.#letGo++;
        }
    }

    #showAll() {
        const rows = document.createDocumentFragment();

        for (const entry of this.#kept) {
            if (this.#matches(entry)) {
                rows.append(this.#row(entry));
            }
        }
        this.#dom.body.replaceChildren(rows);
        this.#tell();
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
        this.#dom.body.replaceChildren();
        this.#tell();
    }

    #tell() {
        const shown = this.#dom.body.childElementCount;
        const kept = this.#kept.length;
        const parts = [
            this.#filter
                ? `${formatCount(shown)} of ${plural(kept, 'event')}`
                : plural(kept, 'event'),
        ];

        if (this.#letGo) {
            parts.push(`${formatCount(this.#letGo)} older let go`);
        }
        if (this.#paused && this.#waiting.length) {
            parts.push(`${formatCount(this.#waiting.length)} waiting`);
        }
        this.#dom.count.textContent = parts.join(' \u00b7 ');
        this.#dom.empty.hidden = shown > 0;
    }
}

function rowOf({ event, changes }) {
    const row = element('tr', FLASH[event.type]);

    row.append(timeCellOf(event), element('td', 'col-kind', kindOf(event)));
    for (const column of ORDER_COLUMNS) {
        const value = event.order[column.field];
        const cell = element(
            'td', `col-${column.field}${column.end ? ' end' : ''}`);

        if (value !== undefined) {
            cell.append(column.cell(value, event.order));
        }
        row.append(cell);
    }
    const changed = element('td', 'col-changed');

    changed.append(...changes);
    changed.title = changed.textContent;
    row.append(changed);
    return row;
}

function kindOf(event) {
    return KINDS[event.type] ?? event.type;
}

function timeCellOf(event) {
    const cell = element('td', 'col-time');
    const ms = event.time ? parseTime(event.time) : event.received;

    cell.textContent = clockTimeMs(new Date(ms));
    cell.title = event.time ?? 'the time of the change is not known';
    return cell;
}

function changesOf(event, before) {
    if (event.type !== 'data.update') {
        return [];
    }
    if (!before) {
        return [element('span', 'unknown', 'earlier state not known')];
    }
    return CHANGES
        .filter(({ field }) => (before[field] ?? null) !==
            (event.order[field] ?? null))
        .map((change) => changeOf(
            change, before[change.field], event.order[change.field]));
}

function changeOf({ title, words, decimal }, before, after) {
    const node = element('span', 'change');
    const way = decimal ? compareDecimals(after, before) : 0;

    node.append(
        element('span', 'change-name', title), ' ',
        element('span', 'change-old', wordsOf(words, before)), ' \u2192 ',
        element('span', 'change-new', wordsOf(words, after)));
    if (way) {
        node.append(element(
            'span', way > 0 ? 'up' : 'down', way > 0 ? ' \u25b2' : ' \u25bc'));
    }
    return node;
}

function wordsOf(words, value) {
    return value === null || value === undefined
        ? 'none'
        : shorten(words(value), VALUE_MAX);
}
