/*
 * Quotes over the websocket of orders: of the few symbols that a page wants
 * where it has no market beside its orders.
 */
const REF = 'quotes'; /* of our commands, by which their answers are known */
const RATE = 4; /* a second: for who reads one number */
const HEARTBEAT_S = 3;

export class LineQuotes {
    #on;
    #wanted = new Set();
    #followed = new Set();
    #isConnected = false;

    /* The page's to set: to the websocket. */
    send = () => {};

    /* on: quotes(quotes, time) and live(is): does what comes in come as it
     * happens? */
    constructor(on) {
        this.#on = on;
    }

    /* symbols: a Set of all that are wanted from now on. One that ends in * would
     * stand for others. */
    want(symbols) {
        this.#wanted = new Set(
            [...symbols].filter((symbol) => !symbol.endsWith('*')));
        this.#follow();
    }

    /* A new line follows nothing yet. */
    set connected(is) {
        if (this.#isConnected !== is) {
            this.#isConnected = is;
            this.#followed.clear();
            this.#on.live(false);
            this.#follow();
        }
    }

    /* A frame of the line. True: it was about quotes, and nothing else. */
    hear(frame) {
        const state = frame.feed?.state ?? frame.market?.feed ??
            (frame.type === 'market' ? frame.feed : undefined);
        const isOurs = frame.ref === REF || frame.stream === 'market' ||
            frame.type === 'market';

        if (state) {
            this.#on.live(state === 'live');
        }
        if (frame.quotes) {
            this.#on.quotes(frame.quotes, frame.time);
        }
        return isOurs;
    }

    #follow() {
        if (!this.#isConnected) {
            return;
        }
        this.#command('unsubscribe', this.#followed, this.#wanted);
        this.#command('subscribe', this.#wanted, this.#followed,
            { max_rate: RATE, heartbeat: HEARTBEAT_S });
        this.#followed = new Set(this.#wanted);
    }

    /* Of those that are not among the others. */
    #command(command, symbols, others, options = {}) {
        const some = [...symbols].filter((symbol) => !others.has(symbol));

        if (some.length) {
            this.send({
                command, stream: 'market', symbols: some, ref: REF, ...options,
            });
        }
    }
}
