/*
 * How long changes take to this page and onto its screen, over the newest ones
 * that came live. What was replayed says nothing about the way here and is not
 * counted. The header shows the events'; the meter below it shows all.
 */
import { LatencyMeter } from './latency_meter.js';
import { ServerClock } from '../lib/clock.js';
import { formatCount, formatMilliseconds } from '../lib/format.js';
import { paintSoon } from '../lib/paints.js';
import { startMenu } from '../lib/menu.js';

const SAMPLES_MAX = 500;
const SECONDS_MAX = 120;
const SHOW_EVERY_MS = 500;

export class Latency {
    #element;
    #meter;
    #events = new Samples(); /* from commit to this page */
    #rows = new Samples(); /* likewise, of live views */
    #paints = new Samples(); /* from there to the screen */
    #seconds = []; /* {time, p50, p99} of events, oldest first */
    #second = new Samples();
    #secondAt = 0;
    #paintSince = null; /* what is not on the screen yet came then, at first */
    #timer = 0;

    /* trip(): milliseconds of a round trip to the server; NaN: not known. */
    constructor(element, trip) {
        this.#element = element;
        this.#meter = new LatencyMeter(element, () => ({
            trip: trip(),
            events: this.#events, rows: this.#rows, paints: this.#paints,
            seconds: this.#seconds,
        }));
        startMenu(element);
        this.#show();
    }

    /* An event, or a patch of a live view (isRow), that was committed and came
     * at these times, both by the server's clock. */
    add(committed, received, isRow) {
        const ms = Math.max(received - committed, 0);

        (isRow ? this.#rows : this.#events).add(ms);
        if (!isRow) {
            this.#addToSecond(ms);
        }
        this.#awaitPaint();
        this.#timer ||= setTimeout(() => this.#show(), SHOW_EVERY_MS);
    }

    clear() {
        for (const samples of [this.#events, this.#rows, this.#paints,
            this.#second]) {
            samples.clear();
        }
        this.#seconds = [];
        this.#show();
        this.#meter.look();
    }

    #addToSecond(ms) {
        const now = Math.floor(Date.now() / 1000);

        if (now !== this.#secondAt && this.#second.count) {
            this.#seconds.push({ time: this.#secondAt, ...this.#second.spread() });
            this.#second.clear();
            this.#seconds = this.#seconds.filter(
                ({ time }) => time > now - SECONDS_MAX);
        }
        this.#secondAt = now;
        this.#second.add(ms);
    }

    /* A frame's tasks come before it, one set from it behind it. */
    #awaitPaint() {
        if (this.#paintSince !== null || document.hidden) {
            return;
        }
        this.#paintSince = ServerClock.now();
        paintSoon(this.#painting);
    }

    #painting = () => setTimeout(() => {
        this.#paints.add(ServerClock.now() - this.#paintSince);
        this.#paintSince = null;
    });

    #show() {
        const { p50, p99 } = this.#events.spread();
        const [middle, tail] = this.#element.querySelectorAll('[data-part]');

        clearTimeout(this.#timer);
        this.#timer = 0;
        middle.textContent = `${formatMilliseconds(p50)} ms p50`;
        tail.textContent = ` \u00b7 ${formatMilliseconds(p99)} p99`;
        this.#element.firstElementChild.title = this.#events.count
            ? 'From commit to this page, last ' +
                `${formatCount(this.#events.count)} events`
            : 'From commit to this page: no live event yet';
    }
}

/* The newest values of a measure, in milliseconds. */
class Samples {
    #values = [];
    #next = 0;

    add(ms) {
        this.#values[this.#next] = ms;
        this.#next = (this.#next + 1) % SAMPLES_MAX;
    }

    clear() {
        this.#values = [];
        this.#next = 0;
    }

    get count() {
        return this.#values.length;
    }

    /* {p50, p99}; null: there are none. */
    spread() {
        const sorted = this.#values.toSorted((a, b) => a - b);
        const at = (part) => sorted[Math.min(
            Math.floor(sorted.length * part), sorted.length - 1)] ?? null;

        return { p50: at(0.5), p99: at(0.99) };
    }
}
