/*
 * Market data beside the orders: a watch list, bars, and what it says of each
 * order. It is there when it is switched on, which this browser remembers.
 */
import { at } from '../lib/dom.js';
import { MarketChart } from './market_chart.js';
import { marketColumns } from './market_columns.js';
import { MarketLine } from './market_line.js';
import { MarketList } from './market_list.js';
import { MarketQuotes } from './market_quotes.js';
import { foldsOf, narrowScreen } from '../lib/screen.js';
import { settingGet, settingPut } from '../lib/settings.js';

const ROOM = matchMedia('(min-width: 1560px)');
const GIVES_WAY = 'updated';
const FOLLOW_MS = 100; /* what is watched changes row by row */

const WORDS = {
    connecting: 'connecting', live: 'live', stale: 'no data coming in',
    down: 'the feed is down', silent: 'the server is silent',
    offline: 'no connection',
};

export class Market {
    #isOn = settingGet('market', 'off') === 'on';
    #quotes = new MarketQuotes(() => this.#symbolsChanged());
    #line = new MarketLine({
        quotes: (quotes, time) => this.#quotes.take(quotes, time),
        unknown: (symbols) => this.#quotes.lack(symbols),
        state: (word) => this.#state(word),
    });
    #chart = new MarketChart();
    #list;
    #grid = null;
    #timer = 0;

    constructor() {
        this.#list = new MarketList({
            body: at('market-rows'), form: at('market-add'),
            input: at('market-symbol'), empty: at('market-empty'),
        }, this.#quotes, {
            onChosen: (symbol) => this.#chart.show(this.#isOn ? symbol : null),
            onSaid: (text) => { at('market-said').textContent = text; },
        });
        at('market-toggle').addEventListener('click', () => this.toggle());
        at('market-fill').addEventListener('click', () =>
            this.#list.addAll(this.#grid.shown.map(
                ({ instrument }) => instrument)));
    }

    /* Those of a grid beside the market: its own are more, and another gives way
     * where there is no room for all. */
    columns(others) {
        const isTight = () => this.#isOn && !ROOM.matches;

        return [
            ...others.map((column) => column.field === GIVES_WAY
                ? { ...column, isShown: () => !isTight() }
                : column.folds === 'desk' ? {
                    ...column,
                    isShown: () => !this.#isOn || !foldsOf('huge'),
                } : column),
            ...marketColumns(this.#quotes, () => this.#isOn),
        ];
    }

    start(grid) {
        this.#grid = grid;
        ROOM.addEventListener('change', () => grid.columnsChanged());
        this.#show();
    }

    toggle() {
        this.#isOn = !this.#isOn;
        settingPut('market', this.#isOn ? 'on' : 'off');
        this.#show();
        if (this.#isOn && narrowScreen.matches) {
            bringUp(at('market'));
        }
    }

    #show() {
        at('market').hidden = !this.#isOn;
        at('market').parentElement.classList.toggle('has-market', this.#isOn);
        at('market-toggle').setAttribute('aria-pressed', String(this.#isOn));
        if (this.#isOn) {
            this.#list.show();
        } else {
            this.#list.hide();
            this.#chart.show(null);
            this.#quotes.clear();
        }
        this.#grid.columnsChanged();
        this.#line.setOn(this.#isOn);
    }

    #symbolsChanged() {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(
            () => this.#line.want(this.#quotes.symbols), FOLLOW_MS);
    }

    #state(word) {
        const isBack = word === 'live' &&
            at('market-state').dataset.state !== 'live';

        at('market-state').textContent = WORDS[word];
        at('market-state').dataset.state = word;
        this.#quotes.setLive(word === 'live');
        if (isBack) {
            this.#list.refresh();
        }
    }
}

/* It is below the orders there. Nothing but the panels is scrolled. */
function bringUp(panel) {
    const panels = panel.parentElement;

    panels.scrollTop += panel.getBoundingClientRect().top -
        panels.getBoundingClientRect().top;
}
