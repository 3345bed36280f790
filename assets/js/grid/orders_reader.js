/*
 * Reads the pages of a grid of orders, live or by requests: says what takes its
 * time and what failed, and reads again after a while where something did.
 */
import { Problem, getJson } from '../lib/api.js';
import { Refresh } from '../lib/refresh.js';

const DIM_AFTER_MS = 200;
const TELL_AFTER_MS = 2000;

export class OrdersReader {
    #source;
    #live;
    #on;
    #refresh;
    #reading = null; /* what is under way for DataTables */
    #abort = new AbortController();

    /* source: see orders_source.js. on.catchUp(): what was asked for by
     * request() is due; slow(is): a page is waited for; late(): it is for some
     * time; failed(failure); done(isDraw): a page has been read. */
    constructor(source, on) {
        this.#source = source;
        this.#on = on;
        this.#refresh = new Refresh(on.catchUp);
    }

    /* LiveView, which reads by request() where it is not live. */
    set live(live) {
        this.#live = live;
        live.onDue = () => this.#on.catchUp();
    }

    /* Within delayMs. */
    request(delayMs) {
        this.#refresh.request(delayMs);
    }

    /* At once, though the last one failed. */
    hurry() {
        this.#refresh.hurry();
    }

    /* A page without a socket. Throws a Problem. */
    fetch = async (request) => {
        this.#abort.abort();
        this.#abort = new AbortController();

        const { url, start } = this.#source.ask(request);
        const answer =
            this.#source.read(await getJson(url, this.#abort.signal));

        if (answer.error) {
            throw new Problem(answer.error);
        }
        if (!Array.isArray(answer.data)) {
            throw new Problem('the answer has no rows');
        }
        return { start, ...answer };
    };

    /* The page that DataTables asks for. done() is called with a good answer
     * only, so that the rows stay where the server fails. */
    async load(request, done) {
        const mine = {};
        const ifWaited = (tell) => () => {
            if (mine === this.#reading) {
                tell();
            }
        };
        const timers = [
            setTimeout(ifWaited(() => this.#on.slow(true)), DIM_AFTER_MS),
            setTimeout(ifWaited(() => this.#on.late()), TELL_AFTER_MS),
        ];
        let failure = null;

        this.#reading = mine;
        this.#refresh.started();
        try {
            await this.#live.load(request, done);
        } catch (error) {
            failure = error;
        }
        timers.forEach(clearTimeout);
        if (mine === this.#reading) {
            this.#reading = null;
            this.#on.slow(false);
            this.#finish(failure, true);
        }
    }

    /* The page shown, once more. */
    async again() {
        let failure = null;
        let isRead = false;

        this.#refresh.started();
        try {
            isRead = await this.#live.again();
        } catch (error) {
            failure = error;
        }
        if (isRead || failure && !this.#reading) {
            this.#finish(failure, false);
        } else if (!this.#reading) {
            this.#refresh.finished(true);
        }
    }

    #finish(failure, isDraw) {
        this.#refresh.finished(failure === null);
        if (failure === null) {
            this.#on.done(isDraw);
        } else {
            this.#on.failed(failure);
        }
    }
}
