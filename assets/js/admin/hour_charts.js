/*
 * How busy the service was in the last hour: a chart for each figure, read again
 * as steps are added.
 */
import { Problem, getJson } from '../lib/api.js';
import { at, element } from '../lib/dom.js';
import { sentence } from '../lib/form.js';
import { formatCount, formatFixed, parseTime } from '../lib/format.js';
import { clockTime, onClock } from '../lib/times.js';

const HEIGHT = 96;
const MINUTES = 60;

const count = (value) => formatCount(Math.round(value * 10) / 10);
const ms = (value) => `${formatFixed(value, value < 10 ? 2 : 1)} ms`;

/* [title, field of a step, a value in words] */
const CHARTS = [
    ['Requests per second', 'requests_per_s', count],
    ['Events per second', 'events_per_s', count],
    ['Request p99', 'request_p99_ms', ms],
    ['Commit to socket p99', 'delivery_p99_ms', ms],
    ['Sockets', 'sockets', count],
];

export class HourCharts {
    #charts = CHARTS.map(([title, field, words]) => {
        const figure = element('figure');
        const caption = element('figcaption', {}, title);
        const newest = element('span', { class: 'hour-newest' });
        const room = element('div', { class: 'hour-plot' });

        caption.append(' ', newest);
        room.setAttribute('role', 'img');
        figure.append(caption, room);
        at('hour').append(figure);
        return { title, field, words, newest, room, plot: null };
    });
    #timer = 0;

    constructor() {
        new ResizeObserver(() => {
            for (const { plot, room } of this.#charts) {
                plot?.setSize({ width: room.clientWidth, height: HEIGHT });
            }
        }).observe(at('hour'));
        onClock(() => {
            for (const { plot } of this.#charts) {
                plot?.redraw(false, true);
            }
        });
        document.addEventListener('visibilitychange', () => {
            clearTimeout(this.#timer);
            if (document.visibilityState === 'visible') {
                this.read();
            }
        });
    }

    async read() {
        let nextMs = 15000;

        clearTimeout(this.#timer);
        try {
            const { step_s: seconds, steps } = await getJson('/api/admin/hour/');

            nextMs = seconds * 1000;
            at('hour-said').textContent = '';
            await this.#show(steps);
        } catch (error) {
            if (!(error instanceof Problem)) {
                throw error;
            }
            at('hour-said').textContent = `${sentence(error.message)}.`;
        }
        this.#timer = setTimeout(() => this.read(), nextMs);
    }

    async #show(steps) {
        const { default: Plot } = await import('../../vendor/uPlot.js');
        const times = steps.map(({ time }) => parseTime(time) / 1000);

        for (const chart of this.#charts) {
            const values = steps.map((step) => step[chart.field]);
            const known = values.filter((value) => value !== null);

            chart.newest.textContent = known.length
                ? chart.words(known.at(-1)) : 'not known yet';
            chart.room.setAttribute('aria-label', known.length
                ? `${chart.title} in the last ${MINUTES} minutes: at most ` +
                    `${chart.words(Math.max(...known))}, most recently ` +
                    chart.words(known.at(-1))
                : `${chart.title}: not known yet`);
            if (chart.plot) {
                chart.plot.setData([times, values]);
            } else {
                chart.plot = new Plot(
                    optionsOf(chart), [times, values], chart.room);
            }
        }
    }
}

function optionsOf({ room, words }) {
    /* What a property comes to in this theme: a canvas wants a colour. */
    const ink = (name) => {
        room.style.color = `var(${name})`;
        const { color } = getComputedStyle(room);

        room.style.color = '';
        return color;
    };
    const axis = {
        stroke: () => ink('--text-second'),
        grid: { stroke: () => ink('--line'), width: 1 },
        ticks: { show: false },
        font: '11px system-ui, sans-serif',
    };

    return {
        width: room.clientWidth, height: HEIGHT,
        legend: { show: false },
        cursor: { show: false },
        scales: { y: { range: (plot, low, high) => [0, high * 1.1 || 1] } },
        axes: [
            {
                ...axis, space: 110, size: 22, values: (plot, times) =>
                    times.map((time) => minuteOf(new Date(time * 1000))),
            },
            {
                ...axis, size: 62, space: 26, values: (plot, values) =>
                    values.map(words),
            },
        ],
        series: [{}, {
            stroke: () => ink('--focus'), width: 1.5, points: { show: false },
        }],
    };
}

/* 17:18 CET */
const minuteOf = (date) => clockTime(date).replace(/:\d\d(?= )/, '');
