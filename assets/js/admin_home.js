/*
 * The first page of the admin: figures of this moment, and what was done last.
 */
import { Problem, getJson } from './lib/api.js';
import { AUDIT_COLUMNS } from './admin/audit_rows.js';
import { pillCell, whenCell } from './lib/cells.js';
import { at, element, plural } from './lib/dom.js';
import { ErrorBar } from './lib/error_bar.js';
import { formatCount, formatFixed } from './lib/format.js';
import { startFrame } from './page/frame.js';
import { HourCharts } from './admin/hour_charts.js';
import { viewsList } from './accounts/login_lists.js';
import { PlainTable } from './lib/plain_table.js';

const EVERY_MS = 2000;

const rate = (value) => Number(value).toLocaleString(undefined, {
    maximumFractionDigits: value < 10 ? 1 : 0,
});
const ms = (value) => value === null ? '\u2013'
    : formatFixed(value, value < 10 ? 2 : 1);

/* What an answer has: [title, unit, figures -> its words, what it says more] */
const FIGURES = [
    ['Users online', '', (now) => formatCount(now.users_online),
        (now) => `${plural(now.sessions, 'login')} open`],
    ['Sockets', '', (now) => formatCount(now.sockets), () => 'open websockets'],
    ['Events', '/s', (now) => rate(now.events_per_s),
        (now) => `${rate(now.writes_per_s)} writes/s`],
    ['Requests', '/s', (now) => rate(now.requests_per_s),
        () => 'answered, all workers'],
    ['Request p99', 'ms', (now) => ms(now.request_ms.p99),
        (now) => `${ms(now.request_ms.p50)} ms p50`],
    ['Commit to socket p99', 'ms', (now) => ms(now.delivery_ms.p99),
        (now) => `${ms(now.delivery_ms.p50)} ms p50`],
    ['Workers', '', (now) => formatCount(
        Array.isArray(now.workers) ? now.workers.length : now.workers),
    (now) => `Redis ${redisWords(now.redis)}`],
];

const NOT_SEEN_MS = 15000;

/* One that is told other Redis servers hears of changes late, and so do others
   of its own. */
function machineCell({ name, isSeen, same_redis: same }) {
    const cell = element('span', {}, name);

    if (isSeen && same === false)
        cell.append(' ', pillCell('other Redis', 'rejected'));
    return cell;
}

/* Of servers that share a database. */
const MACHINES = [
    { title: 'Machine', name: 'name', cell: machineCell },
    { title: 'Release', name: 'name', cell: ({ version }) => version },
    { title: 'Workers', name: 'cost', end: true, cell: ({ workers }) =>
        formatCount(workers) },
    { title: 'Sockets', name: 'cost', end: true, cell: ({ sockets }) =>
        formatCount(sockets) },
    { title: 'Requests/s', name: 'cost', end: true, cell: (machine) =>
        rate(machine.requests_per_s) },
    { title: 'Events/s', name: 'cost', end: true, cell: (machine) =>
        rate(machine.events_per_s) },
    { title: 'Writes/s', name: 'cost', end: true, cell: (machine) =>
        rate(machine.writes_per_s) },
    { title: 'Started', name: 'when', cell: ({ started }) =>
        whenCell(started) },
    { title: 'Last seen', name: 'when', cell: ({ seen, isSeen }) =>
        isSeen ? pillCell('now', 'new') : whenCell(seen) },
];

/* The newest row's time is the nearest that there is to the database's. */
function machineRows(machines) {
    const now = Math.max(...machines.map(({ seen }) => Date.parse(seen)));
    const rows = machines.map((machine) => ({
        ...machine, isSeen: now - Date.parse(machine.seen) < NOT_SEEN_MS,
    }));
    const seen = rows.filter(({ isSeen }) => isSeen);
    const sum = (field) =>
        seen.reduce((total, machine) => total + machine[field], 0);

    return { rows, text: `${plural(seen.length, 'machine')}, ` +
        `${plural(sum('sockets'), 'socket')}, ` +
        `${rate(sum('events_per_s'))} events/s` };
}

function redisWords(redis) {
    return typeof redis === 'boolean' ? (redis ? 'up' : 'down')
        : String(redis ?? 'not configured').replaceAll('_', ' ');
}

const table = new PlainTable(
    at('recent'), AUDIT_COLUMNS, 'Nothing has been done yet.');
const cards = FIGURES.map(([title, unit, words, more]) => {
    const card = element('div', { class: 'figure' });
    const value = element('span', { class: 'figure-value' }, '\u2013');
    const second = element('dd', { class: 'figure-more' });
    const main = element('dd', { class: 'figure-main' });

    main.append(value, element('span', { class: 'figure-unit' }, unit));
    card.append(element('dt', {}, title), main, second);
    at('figures').append(card);
    return { value, second, words, more };
});
const machines = new PlainTable(at('machines-list'), MACHINES, '');
const views = viewsList(at('views'));
const errors = new ErrorBar('figures', () => read());
let readAt = null;
let newest = '';
let timer = 0;

/* A figure that is not known yet has a dash. */
function show(now) {
    for (const { value, second, words, more } of cards) {
        try {
            value.textContent = words(now);
            second.textContent = more(now);
        } catch {
            value.textContent = '\u2013';
            second.textContent = 'not known yet';
        }
    }
    at('machines').hidden = now.machines.length < 2;
    if (!at('machines').hidden) {
        const { rows, text } = machineRows(now.machines);

        machines.show(rows);
        at('machines-said').textContent = text;
    }
    /* Rows that are the same stay: one of them may have the focus. */
    const ids = now.recent.map(({ id }) => id).join();

    if (ids !== newest || !readAt) {
        newest = ids;
        table.show(now.recent);
    }
}

async function read() {
    clearTimeout(timer);
    try {
        show(await getJson('/api/admin/'));
        readAt = new Date();
        errors.hide();
        /* Rows that come anew would take the focus away. */
        if (!at('views').contains(document.activeElement)) {
            await views.read();
        }
    } catch (error) {
        if (!(error instanceof Problem)) {
            throw error;
        }
        errors.show(error.message, readAt);
        table.fail('Nothing to show yet.');
    }
    timer = setTimeout(read, EVERY_MS);
}

document.addEventListener('visibilitychange', () => {
    clearTimeout(timer);
    if (document.visibilityState === 'visible') {
        read();
    }
});
startFrame();
read();
new HourCharts().read();
