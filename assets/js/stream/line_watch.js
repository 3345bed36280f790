/*
 * Is the server at the other end of the line still there? A heartbeat that is
 * late is asked after; a server that does not answer that is silent; and in the
 * end the line is dead, whatever TCP says. Timers of a hidden page are late,
 * and frames may wait behind them: what looks like silence must look so once
 * more.
 */
const EVERY_MS = 1000;
const LATE_MS = 3500;
const SILENT_MS = 5000;
const SURE_MS = 900;
const DEAD_MS = 15000;
/* The server's clock is looked at as often, however much is heard. */
const CLOCK_EVERY_MS = 10000;

export class LineWatch {
    #on;
    #timer = 0;
    #lastFrame = 0;
    #lastAsked = 0;
    #heard = null;
    #doubted = null;
    #isSilent = false;

    /* on.ask(): for an answer; on.silent(is): it is, or is no more; on.dead().
     */
    constructor(on) {
        this.#on = on;
    }

    /* When something was heard last, on any line, as a Date; null: never. */
    get heard() {
        return this.#heard;
    }

    get isSilent() {
        return this.#isSilent;
    }

    /* Of a line, which begins or ends. */
    start() {
        this.stop();
        this.hear();
        this.#timer = setInterval(() => this.#look(), EVERY_MS);
    }

    stop() {
        clearInterval(this.#timer);
        this.#timer = 0;
        this.#isSilent = false;
    }

    get isStarted() {
        return this.#timer !== 0;
    }

    /* A frame has come. */
    hear() {
        this.#lastFrame = performance.now();
        this.#heard = new Date();
        this.#doubted = null;
        if (this.#isSilent) {
            this.#isSilent = false;
            this.#on.silent(false);
        }
    }

    /* The server has been asked for an answer. */
    asked() {
        this.#lastAsked = performance.now();
    }

    #look() {
        const now = performance.now();
        const quiet = now - this.#lastFrame;

        if (quiet > DEAD_MS && this.#isSilent) {
            this.#on.dead();
            return;
        }
        if (now - this.#lastAsked >=
            (quiet >= LATE_MS ? LATE_MS : CLOCK_EVERY_MS)) {
            this.#on.ask();
        }
        if (quiet < SILENT_MS || this.#isSilent) {
            return;
        }
        this.#doubted ??= now;
        if (now - this.#doubted >= SURE_MS) {
            this.#isSilent = true;
            this.#on.silent(true);
        }
    }
}
