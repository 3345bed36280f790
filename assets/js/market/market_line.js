/*
 * The websocket of market data: follows the symbols that are wanted, which may
 * change, and hands on what comes. It is a line of its own, so that orders never
 * wait behind quotes.
 */
import { streamUrl } from '../lib/base.js';
import { LineWatch } from '../stream/line_watch.js';
import { readMe } from '../page/me.js';

const PROTOCOL = 'market';
const DELAY_MIN_MS = 500;
const DELAY_MAX_MS = 15000;
const HEARTBEAT_S = 3;
const RATE = 20;
const HIDDEN_RATE = 1; /* of a page that nobody sees */
const SYMBOLS_MAX = 1000; /* of one session */
const SYMBOLS_AT_ONCE = 100; /* a command is 16 KiB at most */
const CLOSE_LOGIN_ENDED = 4401;

export class MarketLine {
    #on;
    #socket = null;
    #isOn = false;
    #wanted = new Set();
    #followed = new Set();
    #failures = 0;
    #retry = 0;
    #feed = 'connecting';
    #watch = new LineWatch({
        ask: () => this.#send({ command: 'ping' }),
        silent: () => this.#tell(),
        dead: () => this.#drop(),
    });

    /* on: quotes(quotes, time), unknown(symbols): there has been no quote of
     * them yet, and state(word): connecting, live, stale, down,
     * silent or offline. */
    constructor(on) {
        this.#on = on;
        document.addEventListener('visibilitychange', () => this.#pace());
        window.addEventListener('offline', () => {
            if (this.#socket) {
                this.#drop();
            }
        });
        window.addEventListener('online', () => {
            if (this.#retry) {
                clearTimeout(this.#retry);
                this.#connect();
            }
        });
    }

    setOn(isOn) {
        this.#isOn = isOn;
        if (isOn && !this.#socket && !this.#retry) {
            this.#connect();
        } else if (!isOn) {
            clearTimeout(this.#retry);
            this.#retry = 0;
            this.#close();
        }
    }

    /* symbols: a Set of all that are wanted from now on. */
    want(symbols) {
        this.#wanted = new Set([...symbols].slice(0, SYMBOLS_MAX));
        this.#follow();
    }

    #connect() {
        const socket = new WebSocket(streamUrl(), PROTOCOL);

        this.#retry = 0;

        this.#socket = socket;
        socket.onopen = () => {
            this.#watch.start();
            this.#follow();
        };
        socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
        socket.onclose = ({ code }) => this.#lost(code);
    }

    #close() {
        const socket = this.#socket;

        if (socket) {
            socket.onopen = socket.onmessage = socket.onclose = null;
            socket.close();
        }
        this.#socket = null;
        this.#followed.clear();
        this.#watch.stop();
    }

    /* Its close event may take minutes where the other side is gone. */
    #drop() {
        this.#close();
        this.#lost(0);
    }

    #lost(code) {
        const longest = Math.min(
            DELAY_MIN_MS * 2 ** this.#failures, DELAY_MAX_MS);

        this.#close();
        this.#failures = Math.min(this.#failures + 1, 16);
        this.#feed = 'offline';
        this.#tell();
        if (code === CLOSE_LOGIN_ENDED) {
            readMe().catch(() => {});
        }
        if (this.#isOn) {
            this.#retry = setTimeout(() => this.#connect(),
                longest / 2 + Math.random() * (longest / 2));
        }
    }

    #send(command) {
        if (this.#socket?.readyState === WebSocket.OPEN) {
            this.#socket.send(JSON.stringify(command));
        }
        this.#watch.asked();
    }

    /* What is wanted and not followed yet, and what is wanted no more. */
    #follow() {
        if (this.#socket?.readyState !== WebSocket.OPEN) {
            return;
        }
        const left = [...this.#followed].filter(
            (symbol) => !this.#wanted.has(symbol));
        const more = [...this.#wanted].filter(
            (symbol) => !this.#followed.has(symbol));

        for (const symbols of pieces(left)) {
            this.#send({ command: 'unsubscribe', symbols });
        }
        for (const symbols of pieces(more)) {
            this.#send({
                command: 'subscribe', symbols, heartbeat: HEARTBEAT_S,
                max_rate: document.hidden ? HIDDEN_RATE : RATE,
            });
        }
        this.#followed = new Set(this.#wanted);
    }

    #pace() {
        if (this.#followed.size) {
            this.#send({
                command: 'subscribe', symbols: [],
                max_rate: document.hidden ? HIDDEN_RATE : RATE,
            });
        }
    }

    #receive(frame) {
        const feed = frame.feed?.state ?? frame.market?.feed ??
            (frame.type === 'market' ? frame.feed : undefined);

        this.#watch.hear();
        this.#failures = 0;
        if (feed) {
            this.#feed = feed;
            this.#tell();
        }
        if (frame.unknown?.length) {
            this.#on.unknown(frame.unknown);
        }
        if (frame.quotes) {
            this.#on.quotes(frame.quotes, frame.time);
        }
    }

    #tell() {
        this.#on.state(this.#watch.isSilent ? 'silent' : this.#feed);
    }
}

function pieces(symbols) {
    const all = [];

    for (let i = 0; i < symbols.length; i += SYMBOLS_AT_ONCE) {
        all.push(symbols.slice(i, i + SYMBOLS_AT_ONCE));
    }
    return all;
}
