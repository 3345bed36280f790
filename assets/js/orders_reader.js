/*
 * Reads the pages of a grid of orders: one at a time, the newest request before
 * any other, and again after a while where one failed.
 */
import { Problem, getJson } from './api.js';
import { Refresh } from './refresh.js';

const DIM_AFTER_MS = 200;

export class OrdersReader {
    #source;
    #on;
    #refresh;
    #request = null; /* {abort, events, background} of the draw in flight */
    #background = false;

    /* source: see orders_source.js. on.catchUp(): what was asked for by
     * request() is due; slow(is): a page is waited for; accept(request, answer,
     * {done, events, background}): it has come, events: those since it was
     * asked for; failed(failure); done(): it is shown. */
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
        const mine = { abort: new AbortController(), events: [], background };
        const slow = background ? 0 : setTimeout(
            () => this.#on.slow(true), DIM_AFTER_MS);
        let failure = null;

        this.#request?.abort.abort();
        this.#request = mine;
        this.#refresh.started();
        try {
            const answer = await this.#read(request, mine.abort.signal);

            if (mine === this.#request) {
                await this.#on.accept(request, answer, { ...mine, done });
            }
        } catch (error) {
            failure = error;
        }
        clearTimeout(slow);
        if (mine === this.#request) {
            this.#request = null;
            this.#on.slow(false);
            this.#finish(failure);
        }
    }

    /* The same page once more, for take(answer) alone. */
    async again(request, take) {
        let failure = null;

        this.#refresh.started();
        try {
            await take(await this.#read(request));
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

    async #read(request, signal) {
        const answer = this.#source.read(
            await getJson(this.#source.url(request), signal));

        if (answer.error) {
            throw new Problem(answer.error);
        }
        if (!Array.isArray(answer.data)) {
            throw new Problem('the answer has no rows');
        }
        return answer;
    }
}
