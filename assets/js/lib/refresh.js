/*
 * When to ask the server for the shown page again. At most one request is in
 * flight and one is waiting; requests keep a distance, however many events
 * ask for one; a failed one is tried again, ever less often, and not sooner
 * because of events.
 */
const DISTANCE_MS = 400;
const RETRY_MIN_MS = 4000;
const RETRY_MAX_MS = 15000;

export class Refresh {
    #run;
    #due = Infinity;
    #started = -Infinity;
    #notBefore = -Infinity;
    #busy = false;
    #timer = 0;
    #retryMs = RETRY_MIN_MS;

    constructor(run) {
        this.#run = run;
    }

    /* Within delayMs, or later if a request has just been made. */
    request(delayMs = 0) {
        this.#due = Math.min(this.#due, performance.now() + delayMs);
        this.#arm();
    }

    /* There is reason to think that it will not fail as the last one did. */
    hurry() {
        this.#notBefore = -Infinity;
        this.request();
    }

    /* Any draw, whoever asked for it, stands for the waiting one. */
    started() {
        this.#busy = true;
        this.#due = Infinity;
        this.#started = performance.now();
        this.#arm();
    }

    finished(ok) {
        this.#busy = false;
        if (ok) {
            this.#retryMs = RETRY_MIN_MS;
            this.#notBefore = -Infinity;
        } else {
            this.#notBefore = performance.now() + this.#retryMs;
            this.request(this.#retryMs);
            this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MAX_MS);
        }
        this.#arm();
    }

    #arm() {
        clearTimeout(this.#timer);
        if (this.#busy || this.#due === Infinity) {
            return;
        }
        const at = Math.max(this.#due, this.#started + DISTANCE_MS,
            this.#notBefore);

        this.#timer = setTimeout(
            () => this.#run(), Math.max(at - performance.now(), 0));
    }
}
