/*
 * From commit to this page, over the newest live events. Replayed events say
 * nothing about the way here and are not counted.
 */
import { formatCount, formatFixed } from './format.js';

const SAMPLES_MAX = 500;
const SHOW_EVERY_MS = 500;

export class Latency {
    #element;
    #samples = [];
    #next = 0;
    #timer = 0;

    constructor(element) {
        this.#element = element;
        this.#show();
    }

    add(ms) {
        this.#samples[this.#next] = Math.max(ms, 0);
        this.#next = (this.#next + 1) % SAMPLES_MAX;
        this.#timer ||= setTimeout(() => this.#show(), SHOW_EVERY_MS);
    }

    clear() {
        this.#samples = [];
        this.#next = 0;
        this.#show();
    }

    #show() {
        const sorted = this.#samples.toSorted((a, b) => a - b);
        const [middle, tail] = this.#element.querySelectorAll('[data-part]');

        clearTimeout(this.#timer);
        this.#timer = 0;
        middle.textContent = `${milliseconds(quantile(sorted, 0.5))} ms p50`;
        tail.textContent =
            ` \u00b7 ${milliseconds(quantile(sorted, 0.99))} p99`;
        this.#element.title = sorted.length
            ? 'From commit to this page, last ' +
                `${formatCount(sorted.length)} events`
            : 'From commit to this page: no live event yet';
    }
}

function quantile(sorted, part) {
    return sorted[Math.min(Math.floor(sorted.length * part),
        sorted.length - 1)];
}

function milliseconds(value) {
    if (value === undefined) {
        return '\u2013';
    }
    return formatFixed(value, value < 100 ? 1 : 0);
}
