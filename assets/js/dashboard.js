/*
 * The dashboard: builds the parts and connects them.
 */
import { goToLogin } from './api.js';
import { Announcer } from './announce.js';
import { clockTime, parseTime } from './format.js';
import { startKeys } from './keys.js';
import { KnownOrders } from './known_orders.js';
import { Latency } from './latency.js';
import { startMenu } from './menu.js';
import { Monitor } from './monitor.js';
import { startMonitorPanel } from './monitor_panel.js';
import { OrdersGrid } from './orders_grid.js';
import { settingGet, settingPut } from './settings.js';
import { OrdersStream } from './stream.js';
import { startLooks } from './theme.js';

const STATES = {
    connecting: () => 'connecting',
    connected: () => 'connected',
    catching: () => 'catching up',
    live: () => 'live',
    refused: () => 'realtime refused',
    offline: (since) => `offline since ${clockTime(since)}`,
};

const at = (id) => document.getElementById(id);

const known = new KnownOrders();
const latency = new Latency(at('latency'));
const announcer = new Announcer(at('announcer'));
const monitor = new Monitor({
    body: at('monitor-rows'),
    scroller: at('monitor-scroller'),
    count: at('monitor-count'),
    filter: at('monitor-filter'),
    pause: at('monitor-pause'),
    clear: at('monitor-clear'),
    empty: at('monitor-empty'),
});
const grid = new OrdersGrid({
    table: at('orders'),
    errorBar: {
        bar: at('error-bar'),
        text: at('error-text'),
        retry: at('error-retry'),
    },
    search: {
        input: at('orders-search'),
        clear: at('orders-search-clear'),
    },
}, known);
let wasOffline = false;

const stream = new OrdersStream(streamUrl(), {
    onState({ word, since, reason }) {
        const state = at('connection-state');

        state.dataset.state = word;
        state.querySelector('.connection-word').textContent =
            STATES[word](since);
        state.title = reason ?? '';
        if (wasOffline && word !== 'offline' && word !== 'connecting') {
            grid.reload();
        }
        wasOffline = word === 'offline';
    },
    onEvents(events) {
        for (const event of events) {
            const before = known.before(event.order);

            if (event.type === 'data.delete') {
                event.order = { ...before, ...event.order };
                known.remove(event.order.id);
            } else {
                known.put(event.order);
            }
            monitor.add(event, before);
            if (event.live && stream.clock.known) {
                latency.add(stream.clock.at(event.received) -
                    parseTime(event.time));
            }
        }
        grid.apply(events);
        announcer.count(events);
    },
    onPosition(position) {
        grid.reach(position);
    },
    onReset(position) {
        known.clear();
        grid.reach(position);
        grid.reload();
    },
    onEnded: goToLogin,
});

function streamUrl() {
    const url = new URL('/data/stream/', location.href);

    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    return url.href;
}

function setRealtime(active) {
    at('realtime').setAttribute('aria-pressed', String(active));
    at('monitor-empty').textContent = active
        ? 'Waiting for the first change.'
        : 'Realtime is off. Switch it on to see changes as they happen.';
    stream.setActive(active);
    if (!active) {
        grid.quiet();
        latency.clear();
    }
}

function toggleRealtime() {
    const active = at('realtime').getAttribute('aria-pressed') !== 'true';

    settingPut('realtime', active ? 'on' : 'off');
    setRealtime(active);
}

at('realtime').addEventListener('click', toggleRealtime);
at('help-open').addEventListener('click', () => at('help').showModal());
startMonitorPanel({
    panel: at('monitor'),
    toggle: at('monitor-toggle'),
    content: at('monitor-content'),
    grip: at('monitor-grip'),
});
startMenu(at('user-menu'));
startLooks(at('looks'));
startKeys({
    '/': () => grid.focusSearch(),
    r: toggleRealtime,
    '?': () => at('help').showModal(),
    ArrowDown: (key) => grid.moveFocus(key),
    ArrowUp: (key) => grid.moveFocus(key),
});
setRealtime(settingGet('realtime', 'off') === 'on');
stream.open();
