/*
 * A grid of orders that follows a stream: the state of the line, the Realtime
 * button and the latency beside it.
 */
import { Announcer } from './announce.js';
import { at } from '../lib/dom.js';
import { streamUrl } from '../lib/base.js';
import { parseTime } from '../lib/format.js';
import { Latency } from './latency.js';
import { settingGet, settingPut } from '../lib/settings.js';
import { Staleness } from './staleness.js';
import { OrdersStream } from './stream.js';
import { clockTime } from '../lib/times.js';

const STATES = {
    connecting: () => 'connecting',
    connected: () => 'connected',
    catching: () => 'catching up',
    live: () => 'live',
    refused: () => 'realtime refused',
    silent: (since) => `no reply since ${clockTime(since)}`,
    offline: (since) => `offline since ${clockTime(since)}`,
};

/* The line is there, whatever comes over it. */
const OPEN = new Set(['connected', 'catching', 'live', 'refused', 'silent']);

export class LiveOrders {
    #options;
    #stream;
    #latency;
    #announcer = new Announcer(at('announcer'));
    #staleness = new Staleness(() => this.connectNow());
    #told = {
        word: 'connecting', since: null, reason: null, isTrying: false,
        tried: null,
    };
    #refusal = null; /* why the rows can't follow: { code, detail } */
    #wasOffline = false;

    /* stream: orders or all; setting: where the button is remembered, which is
     * in at first; grid; quotes: LineQuotes; known: KnownOrders; onReached(): the server is there;
     * onEvent(event, before), onActive(active) and onLive(isLive): the rows have begun
     * to follow what changes, or do so no more; or none of these. */
    constructor(options) {
        this.#options = options;
        this.#stream = new OrdersStream(streamUrl(), options.stream, {
            onState: (state) => this.#state(state),
            onEvents: (events) => this.#events(events),
            onFrame: (frame, received) => this.#hear(frame, received),
            onReset: () => {
                options.known.clear();
                options.grid.reload();
            },
        });
        this.#latency = new Latency(at('latency'), () =>
            (this.#stream.clock.known ? this.#stream.clock.trip : NaN));
        options.grid.send = options.quotes.send =
            (command) => this.#stream.send(command);
        options.grid.onLive = (isLive, reason) => {
            this.#refusal = reason;
            this.#tell();
            options.onLive?.(isLive);
        };
        at('realtime').addEventListener('click', () => this.toggle());
    }

    start() {
        this.#setActive(settingGet(this.#options.setting, 'on') === 'on');
        this.#stream.open();
    }

    toggle() {
        const active = !this.#isActive;

        settingPut(this.#options.setting, active ? 'on' : 'off');
        this.#setActive(active);
    }

    connectNow() {
        if (!this.#isActive) {
            this.toggle();
        } else if (this.#told.word === 'refused') {
            this.#stream.setActive(false);
            this.#stream.setActive(true);
        } else if (this.#refusal) {
            this.#options.grid.reload();
        }
        this.#stream.tryNow();
    }

    get #isActive() {
        return at('realtime').getAttribute('aria-pressed') === 'true';
    }

    #setActive(active) {
        at('realtime').setAttribute('aria-pressed', String(active));
        this.#options.onActive?.(active);
        this.#stream.setActive(active);
        if (!active) {
            this.#options.grid.quiet();
            this.#latency.clear();
        }
        this.#tell();
    }

    #state(told) {
        const { word } = told;

        this.#told = told;
        this.#options.quotes.connected = OPEN.has(word);
        this.#options.grid.connected = word === 'live' || word === 'catching' ||
            word === 'silent' && this.#isActive;
        this.#tell();
        if (this.#wasOffline && word === 'connected') {
            this.#options.grid.reload();
        }
        this.#wasOffline = word === 'offline';
        if (word === 'live' || word === 'connected') {
            this.#options.onReached();
        }
    }

    /* The line may be whole, and the rows not follow yet. */
    get #shown() {
        if (this.#told.word !== 'live' || this.#options.grid.isLive) {
            return this.#told;
        }
        return this.#refusal
            ? { ...this.#told, word: 'refused', reason: this.#refusal.detail }
            : { ...this.#told, word: 'catching' };
    }

    #tell() {
        const told = this.#shown;
        const state = at('connection-state');
        const words = STATES[told.word](told.since);
        const shown = state.querySelector('.connection-word');

        this.#staleness.tell(told, this.#isActive);
        state.dataset.state = told.word;
        if (shown.textContent !== words) {
            shown.textContent = words;
        }
        state.title = told.reason ?? '';
    }

    #hear(frame, received) {
        const { clock } = this.#stream;

        if (this.#options.quotes.hear(frame)) {
            return true;
        }
        if (!this.#options.grid.hear(frame)) {
            return false;
        }
        if (frame.type === 'view' && frame.time && clock.known) {
            this.#latency.add(parseTime(frame.time), clock.at(received), true);
        }
        return true;
    }

    #events(events) {
        const { known, grid, onEvent } = this.#options;
        const { clock } = this.#stream;

        for (const event of events) {
            const before = known.before(event.order);

            if (event.type === 'data.delete') {
                event.order = { ...before, ...event.order };
                known.remove(event.order.id);
            } else {
                known.put(event.order);
            }
            onEvent?.(event, before);
            if (event.live && clock.known) {
                this.#latency.add(
                    parseTime(event.time), clock.at(event.received), false);
            }
        }
        grid.apply(events);
        this.#announcer.count(events);
    }
}

