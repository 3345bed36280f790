/*
 * The bars of one symbol, read again as long as it is shown. uPlot is loaded
 * when it is needed first.
 */
import { Problem, getJson } from '../lib/api.js';
import { at } from '../lib/dom.js';
import { parseTime } from '../lib/format.js';
import { sentence } from '../lib/form.js';
import { axisTimes, onClock, zoneId } from '../lib/times.js';

const EVERY_MS = { 1: 2000, 60: 10000 };
const HEIGHT = 180;
const WICK = 1;
const BODY_MAX = 12;
const BODY_SHARE = 0.7; /* of the room between two bars */

export class MarketChart {
    #symbol = null;
    #interval = 1;
    #plot = null;
    #timer = 0;
    #asked = 0;

    constructor() {
        for (const one of at('market-intervals').querySelectorAll('button')) {
            one.addEventListener('click', () => {
                this.#interval = Number(one.value);
                this.#again();
            });
        }
        new ResizeObserver(() => this.#plot?.setSize(this.#size()))
            .observe(at('market-plot'));
        onClock(() => this.#plot?.redraw(false, true));
    }

    /* symbol null: none. */
    show(symbol) {
        this.#symbol = symbol;
        at('market-chart').hidden = symbol === null;
        at('market-chart-title').textContent = symbol ?? '';
        this.#again();
    }

    #again() {
        for (const one of at('market-intervals').querySelectorAll('button')) {
            one.setAttribute('aria-pressed',
                String(Number(one.value) === this.#interval));
        }
        clearTimeout(this.#timer);
        this.#asked++;
        if (this.#symbol !== null) {
            this.#read(this.#asked);
        }
    }

    async #read(asked) {
        const path = `/api/market/${encodeURIComponent(this.#symbol)}/bars/`;

        try {
            const { bars } = await getJson(
                `${path}?interval=${this.#interval}`);

            if (asked === this.#asked) {
                await this.#draw(bars, asked);
            }
        } catch (error) {
            if (!(error instanceof Problem)) {
                throw error;
            }
            if (asked === this.#asked) {
                this.#say(error.status === 404 ? 'No prices yet.'
                    : `${sentence(error.message)}.`);
            }
        }
        if (asked === this.#asked) {
            this.#timer = setTimeout(() => this.#read(asked),
                EVERY_MS[this.#interval]);
        }
    }

    #say(text) {
        at('market-chart-said').textContent = text;
        at('market-plot').hidden = text !== '';
    }

    #size() {
        return { width: at('market-plot').clientWidth, height: HEIGHT };
    }

    async #draw(bars, asked) {
        const { default: Plot } = await import('../../vendor/uPlot.js');
        const columns = columnsOf(bars, this.#interval);

        if (asked !== this.#asked) {
            return;
        }
        this.#say(bars.length ? '' : 'No prices lately.');
        if (this.#plot) {
            this.#plot.setData(bars.length ? columns : [[], [], [], [], []]);
        } else if (bars.length) {
            this.#plot = new Plot(this.#options(Plot), columns, at('market-plot'));
        }
    }

    #options(Plot) {
        const axis = {
            stroke: () => ink('text'),
            grid: { stroke: () => ink('line'), width: 1 },
            ticks: { show: false },
        };
        const hidden = { show: true, paths: () => null, points: { show: false } };

        return {
            ...this.#size(),
            tzDate: (seconds) =>
                Plot.tzDate(new Date(seconds * 1000), zoneId()),
            legend: { show: false },
            cursor: { show: false },
            scales: { y: { range: (plot, low, high) =>
                withRoom(low, high) } },
            /* Half of a time goes beyond the last of them. */
            padding: [null, 30, null, null],
            axes: [{ ...axis, space: 70, values: axisTimes },
                { ...axis, size: 60 }],
            series: [{}, hidden, hidden, hidden, hidden],
            hooks: { draw: [candles] },
        };
    }
}

/* A price that stands still has some room all the same. */
function withRoom(low, high) {
    const room = (high - low) * 0.08 || Math.abs(high) * 0.001 || 1;

    return [low - room, high + room];
}

/* A time and its prices, by kind; with room for one more at both ends. */
function columnsOf(bars, interval) {
    const times = bars.map(([time]) => parseTime(time) / 1000);
    const prices = [1, 2, 3, 4].map((i) =>
        [null, ...bars.map((bar) => Number(bar[i])), null]);

    return [[times[0] - interval, ...times, times.at(-1) + interval],
        ...prices];
}

/* A colour as it is on this page. */
function ink(name) {
    return getComputedStyle(
        at('market-inks').querySelector(`.market-${name}`)).color;
}

function candles(plot) {
    const [times, opens, highs, lows, closes] = plot.data;
    const pen = plot.ctx;
    const up = ink('rise');
    const down = ink('fall');
    /* On whole pixels, or they would be blurred. */
    const x = (i) => Math.round(plot.valToPos(times[i], 'x', true));
    const y = (price) => Math.round(plot.valToPos(price, 'y', true));
    const gap = (x(times.length - 1) - x(0)) /
        Math.round((times.at(-1) - times[0]) / (times[1] - times[0]));
    const half = Math.floor(
        Math.max(1, Math.min(gap * BODY_SHARE, BODY_MAX)) / 2);

    pen.save();
    for (let i = 1; i < times.length - 1; i++) {
        const top = y(Math.max(opens[i], closes[i]));
        const bottom = y(Math.min(opens[i], closes[i]));

        pen.fillStyle = closes[i] < opens[i] ? down : up;
        pen.fillRect(x(i), y(highs[i]), WICK, y(lows[i]) - y(highs[i]));
        pen.fillRect(x(i) - half, top, 2 * half + WICK,
            Math.max(1, bottom - top));
    }
    pen.restore();
}
