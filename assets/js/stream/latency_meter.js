/*
 * The sheet below the latency: where the time goes, hop by hop, and how it went
 * in the last two minutes. While it is open the server is asked for its part;
 * uPlot is loaded when it is needed first.
 */
import { Problem, getJson } from '../lib/api.js';
import { element } from '../lib/dom.js';
import { formatFixed, formatMilliseconds } from '../lib/format.js';
import { sentence } from '../lib/form.js';
import { axisTimes } from '../lib/times.js';

const EVERY_MS = 1000;
const ASK_EVERY = 2; /* of these */
const HEIGHT = 110;

const SERVER_HOPS = [
    ['commit_ms', 'Commit', 'From a change being written until it is ' +
        'committed and in a stream'],
    ['relay_ms', 'Relay',
        'The same, for what came through Redis or from the log'],
    ['engine_ms', 'Live views', 'Until the live views have it'],
    ['socket_ms', 'Sending events', 'From the stream to a connection'],
    ['view_ms', 'Sending rows', 'From a live view to a connection, at the ' +
        'rate that its page asked for'],
];

export class LatencyMeter {
    #details;
    #read;
    #cells = new Map();
    #plot = null;
    #timer = 0;
    #turn = 0;

    /* details: with a .meter in it; read(): {trip, events, rows, paints,
     * seconds}. */
    constructor(details, read) {
        this.#details = details;
        this.#read = read;
        this.#build();
        details.addEventListener('toggle', () => {
            clearInterval(this.#timer);
            this.#turn = 0;
            if (details.open) {
                this.#timer = setInterval(() => this.look(), EVERY_MS);
                this.look();
            }
        });
    }

    #part(name) {
        return this.#details.querySelector(`.meter-${name}`);
    }

    #build() {
        const body = this.#part('rows');

        body.append(groupRow('In the server, last minute'));
        for (const [key, name, title] of SERVER_HOPS) {
            body.append(this.#row(key, name, title));
        }
        body.append(
            groupRow('To this page, last 500'),
            this.#row('network', 'Network', 'Half of the shortest round trip'),
            this.#row('events', 'Events', 'From commit to this page'),
            this.#row('rows', 'Rows', 'From commit to this page, of live rows'),
            this.#row('paints', 'Paint',
                'From arrival here to the next picture on the screen'));
    }

    #row(key, name, title) {
        const row = element('tr');
        const head = element('th', {}, name);
        const cells = [1, 2].map(() => element('td', { class: 'number' }));

        head.scope = 'row';
        row.title = title;
        row.dataset.hop = key;
        row.append(head, ...cells);
        this.#cells.set(key, cells);
        this.#fill(key, null, null);
        return row;
    }

    #fill(key, p50, p99) {
        const [middle, tail] = this.#cells.get(key);

        middle.textContent = fine(p50);
        tail.textContent = fine(p99);
    }

    /* What is shown is of now. */
    look() {
        if (!this.#details.open) {
            return;
        }
        const { trip, seconds, ...samples } = this.#read();
        const way = Number.isNaN(trip) ? null : trip / 2;

        for (const [key, values] of Object.entries(samples)) {
            const { p50, p99 } = values.spread();

            this.#fill(key, p50, p99);
        }
        this.#fill('network', way, way);
        this.#draw(seconds);
        if (this.#turn++ % ASK_EVERY === 0) {
            this.#ask();
        }
    }

    async #ask() {
        const said = this.#part('said');

        try {
            const hops = await getJson('/api/latency/');

            said.textContent = '';
            for (const [key] of SERVER_HOPS) {
                this.#fill(key, hops[key].p50, hops[key].p99);
            }
        } catch (error) {
            if (!(error instanceof Problem)) {
                throw error;
            }
            said.textContent = `${sentence(error.message)}.`;
        }
    }

    async #draw(seconds) {
        const room = this.#part('plot');
        const data = ['time', 'p50', 'p99'].map(
            (name) => seconds.map((second) => second[name]));
        const { default: Plot } = await import('../../vendor/uPlot.js');

        room.hidden = seconds.length < 2;
        if (this.#plot) {
            this.#plot.setData(data);
        } else if (!room.hidden) {
            this.#plot = new Plot(this.#options(room), data, room);
        }
    }

    #options(room) {
        const ink = (name) => getComputedStyle(this.#part(name)).color;
        const axis = {
            stroke: () => ink('plot'),
            grid: { stroke: () => ink('line'), width: 1 },
            ticks: { show: false },
        };
        const line = (name) => ({
            stroke: () => ink(name), width: 1.5, points: { show: false },
        });

        return {
            width: room.clientWidth, height: HEIGHT,
            legend: { show: false },
            cursor: { show: false },
            scales: { y: { range: (plot, low, high) => [0, high * 1.1 || 1] } },
            /* Half of a time goes beyond the last of them. */
            padding: [null, 30, null, null],
            axes: [{ ...axis, space: 70, size: 24, values: axisTimes },
                { ...axis, size: 44, space: 28 }],
            series: [{}, line('p50'), line('p99')],
        };
    }
}

/* Most hops take less than a millisecond. */
function fine(ms) {
    return ms !== null && ms < 10 ? formatFixed(ms, 2) : formatMilliseconds(ms);
}

function groupRow(text) {
    const row = element('tr');
    const head = element('th', { class: 'meter-group' }, text);

    head.colSpan = 3;
    head.scope = 'rowgroup';
    row.append(head);
    return row;
}
