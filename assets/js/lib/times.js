/*
 * Times as they are shown, in the zone that the user has chosen: that of this
 * browser or UTC. Each has its zone beside it. The wire has them in UTC, with
 * microseconds.
 */
import { element } from './dom.js';
import { parseTime } from './format.js';
import { settingGet } from './settings.js';

/* What an English reader would call a zone is known to one of these. */
const ENGLISH = ['en-GB', 'en-US', 'en-AU', 'en-NZ', 'en-IN', 'en-ZA', 'en-CA'];
const MINUTE_S = 60;
const SPAN_MS = 900000; /* clocks change at a quarter of an hour */
const SPANS_MAX = 500;
const AFTER_MS = 1000; /* by then it is the next day for everybody here */

const zones = new Map(); /* span -> the zone's name in it */
const listeners = new Set();
let isUtc = settingGet('clock', 'local') === 'utc';

/* name: local or utc. What is shown follows at once. */
export function setClock(name) {
    isUtc = name === 'utc';
    for (const node of document.querySelectorAll('time[data-form]')) {
        node.textContent = FORMS[node.dataset.form](node.dateTime);
    }
    for (const changed of listeners) {
        changed();
    }
}

export function onClock(changed) {
    listeners.add(changed);
}

const dayListeners = new Set();
let midnight = 0;

/* begun(): another day has begun, in the zone that times are shown in. */
export function onMidnight(begun) {
    dayListeners.add(begun);
    if (dayListeners.size === 1) {
        awaitMidnight();
        onClock(awaitMidnight);
    }
}

function awaitMidnight() {
    clearTimeout(midnight);
    midnight = setTimeout(() => {
        awaitMidnight();
        dayListeners.forEach((begun) => begun());
    }, msToMidnight() + AFTER_MS);
}

/* IANA's name of the zone, as uPlot and the server take it. */
export const zoneId = () => isUtc ? 'UTC'
    : new Intl.DateTimeFormat().resolvedOptions().timeZone;

/* Its milliseconds since 1970 at the start of a day, so many days on. */
export function dayStart(year, month, day) {
    return isUtc ? Date.UTC(year, month - 1, day)
        : new Date(year, month - 1, day).getTime();
}

/* The day that it is, as a field of a date has it. */
export const today = () => dayOf(new Date());

/* Until the next day begins. */
export function msToMidnight(now = new Date()) {
    const { year, month, day } = partsOf(now);

    return dayStart(year, month, day + 1) - now.getTime();
}

/* 17:18:09 CET */
export const clockTime = (date) => `${clockOf(date)} ${zoneOf(date)}`;

/* What uPlot writes at its axis of times. The zone stands elsewhere on the page;
 * between whole seconds there is nothing to tell. */
export const axisTimes = (plot, times, axis, space, step) =>
    times.map((time) => Number.isInteger(time)
        ? clockOf(new Date(time * 1000)).slice(0, step % MINUTE_S ? 8 : 5) : '');

/* The time today, the date and time before that. */
export const formatWhen = (text, now = new Date()) => whenOf(text, now,
    clockOf, (date) => clockOf(date).slice(0, 5));

/* To the millisecond, as trades are timed. */
export const formatExact = (text, now = new Date()) => whenOf(text, now,
    exactOf, exactOf);

const FORMS = { when: formatWhen, exact: formatExact };

/* form: when or exact. */
export function timeNode(text, form = 'when') {
    const node = element('time', { class: 'when' }, FORMS[form](text));

    node.dateTime = String(text ?? '');
    node.dataset.form = form;
    node.title = node.dateTime;
    return node;
}

function whenOf(text, now, today, before) {
    const ms = parseTime(text);

    if (Number.isNaN(ms)) {
        return String(text ?? '');
    }
    const date = new Date(ms);
    const day = dayOf(date);

    return (day === dayOf(now) ? today(date) : `${day} ${before(date)}`) +
        ` ${zoneOf(date)}`;
}

function partsOf(date) {
    return isUtc ? {
        year: date.getUTCFullYear(), month: date.getUTCMonth() + 1,
        day: date.getUTCDate(), hours: date.getUTCHours(),
        minutes: date.getUTCMinutes(), seconds: date.getUTCSeconds(),
    } : {
        year: date.getFullYear(), month: date.getMonth() + 1,
        day: date.getDate(), hours: date.getHours(),
        minutes: date.getMinutes(), seconds: date.getSeconds(),
    };
}

function clockOf(date) {
    const { hours, minutes, seconds } = partsOf(date);

    return [hours, minutes, seconds].map(twoDigits).join(':');
}

const exactOf = (date) => `${clockOf(date)}.` +
    String(date.getMilliseconds()).padStart(3, '0');

function dayOf(date) {
    const { year, month, day } = partsOf(date);

    return [year, twoDigits(month), twoDigits(day)].join('-');
}

function twoDigits(number) {
    return String(number).padStart(2, '0');
}

function zoneOf(date) {
    if (isUtc) {
        return 'UTC';
    }
    const span = Math.floor(date.getTime() / SPAN_MS);

    if (!zones.has(span)) {
        if (zones.size >= SPANS_MAX) {
            zones.clear();
        }
        zones.set(span, zoneName(date));
    }
    return zones.get(span);
}

/* CET where it has such a name, else UTC+5:45. */
function zoneName(date) {
    const names = ENGLISH.map((locale) =>
        new Intl.DateTimeFormat(locale, { timeZoneName: 'short' })
            .formatToParts(date)
            .find(({ type }) => type === 'timeZoneName')?.value ?? '');

    return names.find((name) => /^[A-Z]{2,5}$/.test(name)) ??
        names[0].replace('GMT', 'UTC');
}
