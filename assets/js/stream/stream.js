/*
 * The websocket of the orders stream: stays connected, follows the stream
 * while it is active, and hands on each event once and in order. After a loss
 * it goes on from the last position seen, so nothing is missed.
 */
import { isOwnLogin, ownLogin } from '../lib/api.js';
import { ServerClock } from '../lib/clock.js';
import { parseTime } from '../lib/format.js';
import { LineWatch } from './line_watch.js';
import { readMe } from '../page/me.js';

const PROTOCOL = 'orders';
const DELAY_MIN_MS = 250;
const DELAY_MAX_MS = 15000;
const OPEN_MAX_MS = 10000;
const HEARTBEAT_S = 3;
const FIRST_PINGS_MS = [60, 150, 400, 1000];

const CLOSE_LOGIN_ENDED = 4401;
const CLOSE_RIGHTS_CHANGED = 4403;
const CLOSE_BY_PAGE = 4000;

/* Refusals of the moment: the same command may be taken a little later. */
const PASSING = new Set(['throttled', 'unavailable', 'budget', 'nomem']);

/*
 * listener: onState(state), onEvents(events), onReset(): events were missed;
 * onFrame(frame, received): true: it was for somebody else.
 * state: {word: connecting|connected|catching|live|silent|refused|offline,
 * since, reason, isTrying, tried}: since: when the server was last heard where
 * it is silent or offline; isTrying: a try that was asked for is under way;
 * tried: when one was made in vain.
 * An event as handed on has also {epoch, live, received}.
 */
export class OrdersStream {
    static #answers = {
        subscribe: (self, frame) => self.#subscribed(frame),
        ping: (self, frame, received) => self.#pinged(frame, received),
    };

    static #frames = {
        'data.new': (self, frame, received) => self.#take([frame], received),
        'data.update': (self, frame, received) => self.#take([frame], received),
        'data.delete': (self, frame, received) => self.#take([frame], received),
        folded: (self, frame, received) => self.#unfold(frame, received),
        heartbeat: (self, frame) => self.#compare(frame),
        shutdown: (self, frame) => {
            self.#reconnectMs = Number(frame.delay_ms) || 0;
        },
    };

    #url;
    #stream; /* its name: orders (one's own) or all */
    #listener;
    #clock = new ServerClock();
    #socket = null;
    #active = false;
    #position = null;
    #reason = null; /* why the server would not let us follow */
    #behind = null;
    #liveSince = Infinity;
    #ref = 0;
    #pings = []; /* when each was sent; answers come in order */
    #failures = 0;
    #reconnectMs = null;
    #watch = new LineWatch({
        ask: () => this.#ping(),
        silent: () => this.#tell(),
        dead: () => this.#drop(),
    });
    #offlineSince = null;
    #isTrying = false;
    #tried = null;
    #timers = { retry: 0, open: 0, pings: [] };
    #shown = '';

    constructor(url, stream, listener) {
        this.#url = url;
        this.#stream = stream;
        this.#listener = listener;
    }

    open() {
        window.addEventListener('online', () => this.hurry());
        window.addEventListener('offline', () => this.#drop());
        document.addEventListener('visibilitychange', () => {
            if (document.visibilityState === 'visible') {
                this.hurry();
            }
        });
        this.#connect();
    }

    get clock() {
        return this.#clock;
    }

    setActive(active) {
        if (active === this.#active) {
            return;
        }
        this.#active = active;
        this.#position = null;
        if (this.#isOpen()) {
            if (active) {
                this.#subscribe();
            } else {
                this.#ref++;
                this.send({ command: 'unsubscribe', ref: this.#ref });
            }
        }
        this.#tell();
    }

    /* Connection */

    #connect() {
        let socket;

        clearTimeout(this.#timers.retry);
        this.#timers.retry = 0;
        try {
            socket = new WebSocket(this.#url, PROTOCOL);
        } catch {
            this.#lost(null);
            return;
        }
        this.#socket = socket;
        this.#timers.open = setTimeout(() => this.#drop(), OPEN_MAX_MS);
        socket.onopen = () => this.#admitted(socket);
        socket.onmessage = (message) => this.#receive(socket, message);
        socket.onclose = (event) => {
            if (socket === this.#socket) {
                this.#lost(event);
            }
        };
        this.#tell();
    }

    /* It is of the login that the browser has now, which may be somebody
     * else's. */
    #admitted(socket) {
        if (isOwnLogin()) {
            this.#opened(socket);
        } else {
            ownLogin().then(() => this.#opened(socket), () => this.#drop());
        }
    }

    #opened(socket) {
        if (socket !== this.#socket) {
            return;
        }
        clearTimeout(this.#timers.open);
        this.#offlineSince = null;
        this.#watch.start();
        this.#clock.reset();
        this.#pings = [];
        this.#ping();
        for (const delay of FIRST_PINGS_MS) {
            this.#timers.pings.push(setTimeout(() => this.#ping(), delay));
        }
        readMe().catch(() => {});
        if (this.#active) {
            this.#subscribe();
        }
        this.#tell();
    }

    /* The socket is given up here and now: its close event may take minutes
     * when the other side is gone. */
    #drop() {
        const socket = this.#socket;

        if (socket) {
            socket.onmessage = null;
            socket.onclose = null;
            socket.close(CLOSE_BY_PAGE);
            this.#lost(null);
        }
    }

    #lost(event) {
        const opened = this.#watch.isStarted;

        clearTimeout(this.#timers.open);
        this.#timers.pings.forEach(clearTimeout);
        this.#timers = { retry: 0, open: 0, pings: [] };
        this.#socket = null;
        this.#behind = null;
        this.#watch.stop();
        this.#offlineSince ??= this.#watch.heard ?? new Date();
        this.#tried = this.#isTrying ? new Date() : this.#tried;
        this.#isTrying = false;
        /* A refused handshake tells a page nothing, a request does. This socket
         * alone may have been ended, and the login goes on. */
        if (!opened || event?.code === CLOSE_LOGIN_ENDED) {
            readMe().catch(() => {});
        }
        this.#timers.retry = setTimeout(
            () => this.#connect(), this.#delay(event));
        this.#tell();
    }

    #delay(event) {
        const told = this.#reconnectMs;

        this.#reconnectMs = null;
        if (event?.code === CLOSE_RIGHTS_CHANGED) {
            return 0;
        }
        if (told !== null) {
            return told;
        }
        const longest = Math.min(
            DELAY_MIN_MS * 2 ** this.#failures, DELAY_MAX_MS);

        this.#failures = Math.min(this.#failures + 1, 16);
        return longest / 2 + Math.random() * (longest / 2);
    }

    /* Without waiting for the next try, nor for one that gets no answer. */
    hurry() {
        if (this.#isOpen()) {
            this.#ping();
            return;
        }
        if (this.#offlineSince) {
            this.#drop();
        }
        if (this.#timers.retry) {
            this.#connect();
        }
    }

    /* As hurry(), because somebody asked for it, who is told what comes of
     * it. */
    tryNow() {
        this.#tried = null;
        if (this.#watch.isSilent) {
            this.#drop();
        }
        this.hurry();
        this.#isTrying = this.#socket !== null;
        this.#tried = this.#isTrying ? null : new Date();
        this.#tell();
    }

    #ping() {
        this.#watch.asked();
        if (this.#isOpen()) {
            const sent = ServerClock.now();

            this.#pings.push(sent);
            this.send({ command: 'ping', time: Math.round(sent) });
        }
    }

    /* An answer to what is not wanted any more, or was asked for anew. */
    #isOutdated(frame) {
        return !this.#active ||
            (frame.ref !== undefined && frame.ref !== this.#ref);
    }

    #refused(frame) {
        if (frame.command === 'ping') {
            this.#pings.shift();
        } else if (frame.command !== 'subscribe' || this.#isOutdated(frame)) {
            return;
        } else if (PASSING.has(frame.code)) {
            this.#drop();
        } else {
            this.#reason = frame.detail || frame.code;
            this.#tried = this.#isTrying ? new Date() : this.#tried;
            this.#isTrying = false;
            this.#tell();
        }
    }

    #pinged(frame, received) {
        const sent = this.#pings.shift();

        if (sent !== undefined) {
            this.#clock.add(sent, frame.server_time, received);
        }
    }

    #isOpen() {
        return this.#socket?.readyState === WebSocket.OPEN;
    }

    /* On a line that is open; on none it is nothing. */
    send(command) {
        if (this.#isOpen()) {
            this.#socket.send(JSON.stringify(command));
        }
    }

    #subscribe() {
        const command = {
            command: 'subscribe',
            stream: this.#stream,
            heartbeat: HEARTBEAT_S,
            ref: ++this.#ref,
        };

        this.#reason = null;
        if (this.#position) {
            command.position = this.#position;
        }
        this.#behind = Infinity;
        this.#liveSince = Infinity;
        this.send(command);
    }

    /* Frames */

    #receive(socket, message) {
        const received = ServerClock.now();
        let frame;

        this.#watch.hear();
        try {
            frame = JSON.parse(message.data);
        } catch {
            this.#drop();
            return;
        }
        if (this.#listener.onFrame(frame, received)) {
            return;
        }
        if (frame.command) {
            this.#answer(frame, received);
        } else if (Array.isArray(frame.events)) {
            this.#take(frame.events, received);
        } else {
            OrdersStream.#frames[frame.type]?.(this, frame, received);
        }
    }

    #answer(frame, received) {
        if (frame.status === 'error') {
            this.#refused(frame);
        } else {
            OrdersStream.#answers[frame.command]?.(this, frame, received);
        }
    }

    #subscribed(frame) {
        if (this.#isOutdated(frame)) {
            return;
        }
        const resumes =
            this.#position !== null && (frame.recovered || frame.folded);

        this.#failures = 0;
        this.#liveSince = this.#clock.at(ServerClock.now());
        if (resumes) {
            this.#behind = frame.folded ? Infinity : frame.position.seq;
        } else {
            this.#position = { ...frame.position };
            this.#behind = frame.position.seq;
            if (frame.resync) {
                this.#listener.onReset();
            }
        }
        this.#tell();
    }

    #take(events, received) {
        const fresh = [];

        if (!this.#active || !this.#position) {
            return;
        }
        for (const event of events) {
            if ((event.stream ?? 'orders') !== this.#stream ||
                event.seq <= this.#position.seq) {
                continue;
            }
            if (event.seq !== this.#position.seq + 1) {
                this.#hand(fresh);
                this.#drop();
                return;
            }
            this.#position.seq = event.seq;
            event.epoch = this.#position.epoch;
            event.received = received;
            event.live = parseTime(event.time) >= this.#liveSince;
            fresh.push(event);
        }
        this.#hand(fresh);
        this.#tell();
    }

    #hand(events) {
        if (events.length) {
            this.#listener.onEvents(events);
        }
    }

    /* A fold is told as the events that it stands for. */
    #unfold(frame, received) {
        if (!this.#active || !this.#position) {
            return;
        }
        if (frame.from > this.#position.seq) {
            this.#drop();
            return;
        }
        const common = {
            epoch: this.#position.epoch, received, live: false, folded: true,
        };
        const changed = (frame.orders ?? []).map((order) => ({
            ...common,
            type: order.version === 1 ? 'data.new' : 'data.update',
            /* An order knows its position in its owner's stream alone. */
            seq: this.#stream === 'orders' ? order.position : frame.to,
            time: order.updated,
            order,
        }));
        const left = (frame.deleted ?? []).map((id) => ({
            ...common, type: 'data.delete', seq: frame.to, time: null,
            order: { id },
        }));

        this.#position.seq = frame.to;
        this.#behind = frame.more ? Infinity : frame.to;
        this.#hand([...changed, ...left]);
        this.#tell();
    }

    /* A position ahead of ours, after all before it was sent: a loss. */
    #compare(frame) {
        const seq = frame.streams?.[this.#stream] ?? frame.seq;

        if (this.#active && this.#position && this.#behind !== Infinity &&
            seq > this.#position.seq) {
            this.#drop();
        }
    }

    /* State */

    #word() {
        if (!this.#isOpen()) {
            return this.#offlineSince ? 'offline' : 'connecting';
        }
        if (this.#watch.isSilent) {
            return 'silent';
        }
        if (!this.#active) {
            return 'connected';
        }
        if (this.#reason !== null) {
            return 'refused';
        }
        return this.#position && this.#behind !== null &&
            this.#position.seq >= this.#behind
            ? 'live'
            : 'catching';
    }

    #tell() {
        const word = this.#word();

        if (word === 'live' || word === 'connected') {
            this.#isTrying = false;
            this.#tried = null;
        }
        const state = {
            word, since: this.#watch.isSilent ? this.#watch.heard
                : this.#offlineSince,
            reason: this.#reason, isTrying: this.#isTrying,
            tried: this.#tried,
        };

        if (JSON.stringify(state) !== this.#shown) {
            this.#shown = JSON.stringify(state);
            this.#listener.onState(state);
        }
    }
}
