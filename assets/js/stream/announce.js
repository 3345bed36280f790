/*
 * Tells a screen reader how much has changed, not every row.
 */
import { formatCount } from '../lib/format.js';

const EVERY_MS = 5000;

const WORDS = {
    'data.new': 'new',
    'data.update': 'changed',
    'data.delete': 'removed',
};

export class Announcer {
    #element;
    #counts = {};
    #timer = 0;

    constructor(element) {
        this.#element = element;
    }

    count(events) {
        for (const { type } of events) {
            this.#counts[type] = (this.#counts[type] ?? 0) + 1;
        }
        if (!this.#timer) {
            this.#timer = setTimeout(() => this.#say(), EVERY_MS);
        }
    }

    #say() {
        const parts = Object.entries(WORDS)
            .filter(([type]) => this.#counts[type])
            .map(([type, word]) => `${formatCount(this.#counts[type])} ${word}`);

        this.#timer = 0;
        this.#counts = {};
        this.#element.textContent = `Orders: ${parts.join(', ')}`;
    }
}
