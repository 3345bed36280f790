/*
 * The watch list: symbols that the user has chosen, each with its quote. It is
 * kept in this browser.
 */
import { button, element } from './dom.js';
import { numberCell, priceCell, when, writeNumber, writePrice }
    from './market_cells.js';
import { drawSpark } from './market_spark.js';
import { isolated, nameNode } from './names.js';
import { settingGet, settingPut } from './settings.js';

const KEPT = 'market-list';
const SYMBOLS_MAX = 100;
const SYMBOL_LENGTH = 255;
const LONG = { min: 8, tail: 4 }; /* characters, cut in the middle */

export class MarketList {
    #body;
    #empty;
    #quotes;
    #onChosen;
    #onSaid;
    #symbols = kept();
    #chosen = null;

    /* dom: body, form, input, empty; onChosen(symbol or null);
     * onSaid(text): what came of adding one. */
    constructor(dom, quotes, { onChosen, onSaid }) {
        this.#body = dom.body;
        this.#empty = dom.empty;
        this.#quotes = quotes;
        this.#onChosen = onChosen;
        this.#onSaid = onSaid;
        dom.form.addEventListener('submit', (event) => {
            event.preventDefault();
            if (this.#add(dom.input.value.trim())) {
                dom.input.value = '';
            }
        });
    }

    /* Its rows, made anew: what watched before has gone with them. */
    show() {
        this.#body.replaceChildren(
            ...this.#symbols.map((symbol) => this.#row(symbol)));
        this.#empty.hidden = this.#symbols.length > 0;
        this.#choose(this.#symbols.includes(this.#chosen) ? this.#chosen
            : this.#symbols[0] ?? null);
    }

    hide() {
        this.#body.replaceChildren();
    }

    /* Those of them that there is room for; the focus goes to the first. */
    addAll(symbols) {
        this.#symbols.push(...symbols.filter(isSymbol));
        this.#symbols = [...new Set(this.#symbols)].slice(0, SYMBOLS_MAX);
        keep(this.#symbols);
        this.show();
        this.#body.querySelector('button')?.focus();
    }

    #add(symbol) {
        if (!symbol) {
            return false;
        }
        if (!isSymbol(symbol)) {
            this.#onSaid(`${symbol} is not a symbol.`);
            return false;
        }
        if (!this.#symbols.includes(symbol) &&
            this.#symbols.length >= SYMBOLS_MAX) {
            this.#onSaid(`You can watch at most ${SYMBOLS_MAX} symbols.`);
            return false;
        }
        this.#onSaid('');
        this.#chosen = symbol;
        if (!this.#symbols.includes(symbol)) {
            this.#symbols.push(symbol);
            keep(this.#symbols);
        }
        this.show();
        return true;
    }

    #remove(symbol) {
        const at = this.#symbols.indexOf(symbol);

        this.#symbols.splice(at, 1);
        keep(this.#symbols);
        this.show();
        /* The focus goes on to what stands there now. */
        const rows = this.#body.rows;

        rows[Math.min(at, rows.length - 1)]?.querySelector('button').focus();
    }

    #choose(symbol) {
        this.#chosen = symbol;
        for (const row of this.#body.rows) {
            row.querySelector('.market-symbol').setAttribute('aria-pressed',
                String(row.dataset.symbol === symbol));
        }
        this.#onChosen(symbol);
    }

    #row(symbol) {
        const row = element('tr');
        const name = button('', () => this.#choose(symbol), 'market-symbol');
        const remove = button('\u00d7', () => this.#remove(symbol), 'quiet');
        const bid = numberCell('quote-bid');
        const ask = numberCell('quote-ask');
        const last = priceCell('quote-last');
        const spark = element('canvas', 'market-spark');
        const none = element('span', 'market-none', 'no quote yet');

        row.dataset.symbol = symbol;
        name.title = symbol;
        name.setAttribute('aria-label', symbol);
        name.append(nameNode('market-name', symbol, LONG));
        none.title = `Nothing has been heard of ${isolated(symbol)}, or there ` +
            'is no such symbol';
        none.hidden = true;
        remove.setAttribute('aria-label', `Remove ${symbol} from the list`);
        spark.setAttribute('aria-hidden', 'true');
        bid.append(none);
        row.append(...[name, bid, ask, last, spark, remove].map((node, i) => {
            const cell = element('td', i > 0 && i < 4 ? 'end' : '');

            cell.append(node);
            return cell;
        }));
        this.#quotes.watch(symbol, row, (entry, isStale) => {
            const { quote } = entry;
            const said = { isStale, title: when(quote) };

            row.classList.toggle('is-stale', isStale);
            row.classList.toggle('is-unknown', entry.isUnknown);
            row.cells[2].hidden = row.cells[3].hidden = entry.isUnknown;
            none.hidden = !entry.isUnknown;
            row.cells[1].colSpan = entry.isUnknown ? 3 : 1;
            writeNumber(bid, quote?.bid ?? null, said);
            writeNumber(ask, quote?.ask ?? null, said);
            writePrice(last, entry, isStale);
            if (row.isConnected) {
                drawSpark(spark, entry.points);
            }
        });
        return row;
    }
}

/* One that ends in * stands for others. */
function isSymbol(text) {
    return text.length <= SYMBOL_LENGTH && !text.endsWith('*');
}

function kept() {
    try {
        const symbols = JSON.parse(settingGet(KEPT, '[]'));

        return symbols.filter((symbol) => typeof symbol === 'string')
            .slice(0, SYMBOLS_MAX);
    } catch {
        return [];
    }
}

function keep(symbols) {
    settingPut(KEPT, JSON.stringify(symbols));
}
