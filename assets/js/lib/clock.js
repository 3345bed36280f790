/*
 * The server's clock, as this page sees it. Each ping gives a sample: the
 * server's time against the midpoint of the round trip, wrong by half of that
 * trip at most, so the sample with the shortest one is believed. Old samples
 * leave, because clocks drift.
 */
import { parseTime } from './format.js';

const SAMPLES_MAX = 12;

export class ServerClock {
    #samples = [];

    static now() {
        return performance.timeOrigin + performance.now();
    }

    reset() {
        this.#samples = [];
    }

    add(sent, serverTime, received) {
        const server = parseTime(serverTime);

        if (Number.isNaN(server) || received < sent) {
            return;
        }
        this.#samples.push({
            trip: received - sent,
            offset: server - (sent + received) / 2,
        });
        if (this.#samples.length > SAMPLES_MAX) {
            this.#samples.shift();
        }
    }

    get known() {
        return this.#samples.length > 0;
    }

    /* The server's time at a local time of ServerClock.now(). */
    at(local) {
        return local + this.#best().offset;
    }

    get trip() {
        return this.#best().trip;
    }

    #best() {
        return this.#samples.reduce(
            (best, sample) => (sample.trip < best.trip ? sample : best),
            this.#samples[0] ?? { trip: 0, offset: 0 });
    }
}
