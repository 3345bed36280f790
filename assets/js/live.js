/*
 * A grid of orders that follows a stream: the state of the line, the Realtime
 * button and the latency beside it.
 */
import { Announcer } from './announce.js';
import { at } from './dom.js';
import { clockTime, parseTime } from './format.js';
import { Latency } from './latency.js';
import { settingGet, settingPut } from './settings.js';
import { Staleness } from './staleness.js';
import { OrdersStream } from './stream.js';

const STATES = {
    connecting: () => 'connecting',
    connected: () => 'connected',
    catching: () => 'catching up',
    live: () => 'live',
    refused: () => 'realtime refused',
    silent: (since) => `silent since ${clockTime(since)}`,
    offline: (since) => `offline since ${clockTime(since)}`,
};

export class LiveOrders {
    #options;
    #stream;
    #latency = new Latency(at('latency'));
    #announcer = new Announcer(at('announcer'));
    #staleness = new Staleness(() => this.connectNow());
    #told = {
        word: 'connecting', since: null, reason: null, isTrying: false,
        tried: null,
    };
    #wasOffline = false;

    /* stream: orders or all; setting: where the button is remembered, which is
     * in at first; grid; known: KnownOrders; onReached(): the server is there;
     * onEvent(event, before) and onActive(active), or neither. */
    constructor(options) {
        this.#options = options;
        this.#stream = new OrdersStream(streamUrl(), options.stream, {
            onState: (state) => this.#state(state),
            onEvents: (events) => this.#events(events),
            onPosition: (position) => options.grid.reach(position),
            onReset: (position) => {
                options.known.clear();
                options.grid.reach(position);
                options.grid.reload();
            },
        });
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
        this.#staleness.tell(this.#told, active);
    }

    #state(told) {
        const { word, since, reason } = told;
        const state = at('connection-state');
        const words = STATES[word](since);
        const shown = state.querySelector('.connection-word');

        this.#told = told;
        this.#staleness.tell(told, this.#isActive);

        state.dataset.state = word;
        if (shown.textContent !== words) {
            shown.textContent = words;
        }
        state.title = reason ?? '';
        if (this.#wasOffline && word !== 'offline' && word !== 'connecting') {
            this.#options.grid.reload();
        }
        this.#wasOffline = word === 'offline';
        if (word === 'live' || word === 'connected') {
            this.#options.onReached();
        }
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
                    clock.at(event.received) - parseTime(event.time));
            }
        }
        grid.apply(events);
        this.#announcer.count(events);
    }
}

function streamUrl() {
    const url = new URL('/data/stream/', location.href);

    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    return url.href;
}
