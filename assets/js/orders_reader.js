/*
 * Reads the pages of a grid of orders: one at a time, the newest request before
 * any other, and again after a while where one failed.
 */
import { Problem, getJson } from './api.js';
import { Refresh } from './refresh.js';

const DIM_AFTER_MS = 200;
const TELL_AFTER_MS = 2000;

export class OrdersReader {
    #source;
    #on;
    #refresh;
    #request = null; /* {abort, events, background} of the draw in flight */
    #background = false;

    /* source: see orders_source.js. on.catchUp(): what was asked for by
     * request() is due; slow(is): a page is waited for; late(): it is for some
     * time; rest(): resolves when
     * rows may be replaced; accept(request, answer, {done, asked, events,
     * background}): it has come, asked: what for, events: those since; failed(
     * failure); done(): it is shown. */
    constructor(source, on) {
        this.#source = source;
        this.#on = on;
        this.#refresh = new Refresh(on.catchUp);
    }

    get isBusy() {
        return this.#request !== null;
    }

    /* Within delayMs. */
    request(delayMs) {
        this.#refresh.request(delayMs);
    }

    /* At once, though the last one failed. */
    hurry() {
        this.#refresh.hurry();
    }

    /* A page asked for before it may or may not have it. */
    note(event) {
        this.#request?.events.push(event);
    }

    /* draw(): asks for a page that nobody waits for. */
    inBackground(draw) {
        this.#background = true;
        draw();
        this.#background = false;
    }

    /* Asks for one page. done() is called with a good answer only, so that
     * the rows stay where the server fails. */
    async load(request, done) {
        const background = this.#background;
        const asked = this.#source.ask(request);
        const mine = {
            abort: new AbortController(), asked, events: [], background,
        };
        const timers = background ? [] : [
            setTimeout(() => this.#on.slow(true), DIM_AFTER_MS),
            setTimeout(() => this.#on.late(), TELL_AFTER_MS),
        ];
        let failure = null;

        this.#request?.abort.abort();
        this.#request = mine;
        this.#refresh.started();
        try {
            const answer = await this.#read(asked.url, mine.abort.signal);

            await this.#on.rest();
            if (mine === this.#request) {
                await this.#on.accept(request, answer, { ...mine, done });
            }
        } catch (error) {
            failure = error;
        }
        timers.forEach(clearTimeout);
        if (mine === this.#request) {
            this.#request = null;
            this.#on.slow(false);
            this.#finish(failure);
        }
    }

    /* A page once more, for take(answer) alone. */
    async again(url, take) {
        let failure = null;

        this.#refresh.started();
        try {
            await take(await this.#read(url));
        } catch (error) {
            failure = error;
        }
        this.#finish(failure);
    }

    #finish(failure) {
        this.#refresh.finished(failure === null);
        if (failure === null) {
            this.#on.done();
        } else {
            this.#on.failed(failure);
        }
    }

    async #read(url, signal) {
        const answer = this.#source.read(await getJson(url, signal));

        if (answer.error) {
            throw new Problem(answer.error);
        }
        if (!Array.isArray(answer.data)) {
            throw new Problem('the answer has no rows');
        }
        return answer;
    }
}
