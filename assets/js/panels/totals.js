/*
 * Sums of all that a grid means, under it: live, by the view's own totals. And a
 * panel of them by instrument, by side and by status.
 */
import { roundDecimal } from '../lib/decimal.js';
import { at, element } from '../lib/dom.js';
import { formatCount, formatDecimal, sideWord, statusWords }
    from '../lib/format.js';
import { instrumentOf } from '../orders/instruments.js';
import { nameNode } from '../lib/names.js';
import { settingGet, settingPut } from '../lib/settings.js';
import { notionalOf, notionals, oneNotional, sideNotionals, sumsOf }
    from './total_sums.js';

const EVERY_MS = 250; /* so often they are written at most */
const MONEY_DIGITS = 2;
const KINDS = ['side', 'status_side', 'instrument'];
const FEWER = ['side', 'status_side']; /* of more instruments than are counted */
const NEWEST = 'status_side'; /* which older daemons refuse */
const INSTRUMENTS_MAX = 1000;
const NONE_KNOWN = '\u2013';

export class Totals {
    #setting;
    #isOn;
    #isOpen = settingGet('totals-open', 'no') === 'yes';
    #isMany = false;
    #isOlder = false; /* the server knows no totals by status and side */
    #grid = null;
    #written = -Infinity;
    #timer = 0;
    #rows = new Map(); /* body -> Map of name -> row */
    #known;

    /* setting: where it is remembered whether they are to be seen; otherwise:
     * yes or no; known: InstrumentsReader. */
    constructor(setting, otherwise, known) {
        this.#setting = setting;
        this.#known = known;
        this.#isOn = settingGet(setting, otherwise) === 'yes';
    }

    /* What the view is to be asked for. */
    get kinds() {
        const kinds = !this.#isOn ? [] : this.#isMany ? FEWER : KINDS;

        return this.#isOlder ? kinds.filter((kind) => kind !== NEWEST) : kinds;
    }

    /* A view was refused: true: fewer are asked for now. */
    refused({ errors }) {
        const isNews = Boolean(errors?.totals) && this.kinds.includes(NEWEST);

        this.#isOlder ||= isNews;
        return isNews;
    }

    /* Whether the rows follow what changes: when they do again, the server may
     * be another one. */
    set isLive(isLive) {
        this.#isOlder &&= isLive;
        this.refresh();
    }

    start(grid) {
        this.#grid = grid;
        document.querySelector('.orders .dt-layout-table').after(at('totals'));
        at('totals-toggle').addEventListener('click', () => this.toggle());
        at('totals-more').addEventListener('click', () => {
            this.#isOpen = !this.#isOpen;
            settingPut('totals-open', this.#isOpen ? 'yes' : 'no');
            this.#show();
        });
        this.#show();
    }

    toggle() {
        this.#isOn = !this.#isOn;
        settingPut(this.#setting, this.#isOn ? 'yes' : 'no');
        this.#show();
        this.#grid.reload();
    }

    /* They may have changed. */
    refresh() {
        if (this.#isOn && !this.#timer) {
            this.#timer = setTimeout(() => this.#write(), Math.max(0,
                this.#written + EVERY_MS - performance.now()));
        }
    }

    #show() {
        at('totals').hidden = !this.#isOn;
        at('totals-toggle').setAttribute('aria-pressed', String(this.#isOn));
        at('totals-more').setAttribute('aria-expanded', String(this.#isOpen));
        at('totals-panel').hidden = !this.#isOpen;
        this.refresh();
    }

    #write() {
        const { totals } = this.#grid.counts;

        this.#timer = 0;
        this.#written = performance.now();
        this.#askFewer(totals);
        put(at('totals-said'), wordsOf(totals, this.#isMany));
        at('totals-line').hidden = !totals?.side;
        if (totals?.side) {
            this.#known.want(Object.keys(totals.instrument ?? {}));
            putLine(at('totals-line'), lineOf(totals));
            if (this.#isOpen) {
                this.#putPanel(totals);
            }
        }
    }

    /* There are more instruments than the server counts: then all else is asked
     * for, until there can't be as many. */
    #askFewer(totals) {
        const isMany = totals?.error ? true
            : this.#isMany && this.#grid.counts.matching > INSTRUMENTS_MAX;

        if (isMany !== this.#isMany) {
            this.#isMany = isMany;
            this.#grid.reload();
        }
    }

    #putPanel({ instrument, side, status_side: status }) {
        const symbols = Object.keys(instrument ?? {}).sort();

        this.#putRows(at('totals-instruments'), symbols, (symbol) => [
            ...fourOf(instrument[symbol]),
            money(notionalOf(symbol, instrument[symbol]),
                instrumentOf(symbol)?.currency),
        ], (symbol) => nameNode('instrument', symbol));
        this.#putRows(at('totals-sides'), Object.keys(side).sort(), (name) => [
            formatCount(side[name].count), formatDecimal(side[name].quantity),
            instrument ? allMoney(sideNotionals(instrument, name)) : NONE_KNOWN,
        ], (name) => element('span', { class: `side-${name}` }, sideWord(name)));
        at('totals-statuses').closest('table').hidden = !status;
        this.#putRows(at('totals-statuses'), Object.keys(status ?? {}).sort(),
            (name) => [
                ...fourOf(status[name]),
                statusMoney(status[name], instrument && symbols),
            ], (name) => element('span', {}, statusWords(name)));
    }

    /* A row that stays is the same, and only what differs is written. */
    #putRows(body, names, cellsOf, headOf) {
        const before = this.#rows.get(body) ?? new Map();
        const rows = new Map();

        for (const name of names) {
            const cells = cellsOf(name);
            const row = before.get(name) ?? rowOf(headOf(name), cells.length);

            cells.forEach((words, i) => put(row.cells[i + 1], words));
            rows.set(name, row);
        }
        if ([...rows.keys()].join('\n') !== [...before.keys()].join('\n')) {
            body.replaceChildren(...rows.values());
        }
        this.#rows.set(body, rows);
    }
}

function fourOf(sides) {
    const { count, bought, sold, net } = sumsOf(sides);

    return [formatCount(count), formatDecimal(bought), formatDecimal(sold),
        signed(net)];
}

/* symbols: all there are, where that is known. */
function statusMoney(sides, symbols) {
    const notional = symbols ? oneNotional(sides, symbols) : null;

    return notional ? money(notional[1], notional[0]) : NONE_KNOWN;
}

const allMoney = (parts) => parts.map(
    ([currency, sum]) => money(sum, currency)).join(' \u00b7 ') || '0';

function rowOf(head, count) {
    const row = element('tr');
    const name = element('th');

    name.scope = 'row';
    name.append(head);
    row.append(name, ...Array.from({ length: count }, () =>
        element('td', { class: 'end' })));
    return row;
}

function put(node, words) {
    if (node.textContent !== words) {
        node.textContent = words;
    }
}

const signed = (decimal) =>
    (decimal === '0' || decimal.startsWith('-') ? '' : '+') +
    formatDecimal(decimal);

const money = (decimal, currency) =>
    formatDecimal(roundDecimal(decimal, MONEY_DIGITS)) +
    (currency ? `\u00a0${currency}` : '');

function wordsOf(totals, isMany) {
    return !totals ? 'Totals appear once the rows are live.'
        : totals.error || isMany ? 'More than 1,000 instruments: filter for ' +
            'fewer to see what each comes to.' : '';
}

/* [[title, words, kind]] */
function lineOf({ side, instrument }) {
    const { count, bought, sold, net } = sumsOf(side);

    return [
        ['Orders', formatCount(count)],
        ['Bought', formatDecimal(bought), 'buy'],
        ['Sold', formatDecimal(sold), 'sell'],
        ['Net', signed(net)],
        ...instrument ? [['Notional', allMoney(notionals(instrument))]] : [],
    ];
}

function putLine(list, parts) {
    if (list.children.length !== parts.length) {
        list.replaceChildren(...parts.map(([title, , kind]) => {
            const part = element('div');

            part.append(element('dt', {}, title),
                element('dd', { class: kind ? `side-${kind}` : '' }));
            return part;
        }));
    }
    parts.forEach(([, words], i) => put(list.children[i].lastChild, words));
}
