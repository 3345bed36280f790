/*
 * The watch list: symbols that the user has chosen, each with its quote.
 */
import { button, element } from '../lib/dom.js';
import { numberCell, priceCell, when, writeNumber, writePrice }
    from './market_cells.js';
import { drawSpark } from './market_spark.js';
import { isolated, nameNode } from '../lib/names.js';
import { WatchedSymbols, isSymbol } from './watched_symbols.js';

const LONG = { min: 8, tail: 4 }; /* characters, cut in the middle */

export class MarketList {
    #body;
    #empty;
    #quotes;
    #onChosen;
    #onSaid;
    #watched;
    #rows = new Map(); /* symbol -> row, of those that are shown */
    #isShown = false;
    #chosen = null;
    #told = null; /* the symbol that onChosen() has had last */

    /* dom: body, form, input, empty; onChosen(symbol or null);
     * onSaid(text): what came of adding one. */
    constructor(dom, quotes, { onChosen, onSaid }) {
        this.#body = dom.body;
        this.#empty = dom.empty;
        this.#quotes = quotes;
        this.#onChosen = onChosen;
        this.#onSaid = onSaid;
        this.#watched = new WatchedSymbols({
            change: () => this.#changed(),
            said: onSaid,
        });
        dom.form.addEventListener('submit', (event) => {
            event.preventDefault();
            if (this.#add(dom.input.value.trim())) {
                dom.input.value = '';
            }
        });
    }

    /* Its rows, made anew: what watched before has gone with them. */
    show() {
        this.#isShown = true;
        this.#rows.clear();
        this.#body.replaceChildren();
        this.#changed();
        this.#watched.start();
    }

    hide() {
        this.#isShown = false;
        this.#told = null;
        this.#watched.stop();
        this.#rows.clear();
        this.#body.replaceChildren();
    }

    /* Quotes come again: the list may have changed while nothing came. */
    refresh() {
        if (this.#isShown) {
            this.#watched.read();
        }
    }

    /* Those of them that there is room for; the focus goes to the first. */
    addAll(symbols) {
        this.#watched.add(symbols);
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
        const isThere = this.#watched.symbols.includes(symbol);

        if (!isThere && this.#watched.isFull) {
            this.#onSaid('Your watch list is full: remove a symbol first.');
            return false;
        }
        this.#onSaid('');
        this.#chosen = symbol;
        if (isThere) {
            this.#changed();
        } else {
            this.#watched.add([symbol]);
        }
        return true;
    }

    /* The focus goes on to what stands there then. */
    #remove(symbol) {
        const at = this.#watched.symbols.indexOf(symbol);

        this.#watched.remove(symbol);
        const { rows } = this.#body;

        rows[Math.min(at, rows.length - 1)]?.querySelector('button').focus();
    }

    /* A row that stays is the same, and keeps the focus. */
    #changed() {
        if (!this.#isShown) {
            return;
        }
        const { symbols } = this.#watched;
        const present = new Set(symbols);

        for (const [symbol, row] of this.#rows) {
            if (!present.has(symbol)) {
                this.#rows.delete(symbol);
                row.remove();
            }
        }
        symbols.forEach((symbol, i) => {
            const row = this.#rows.get(symbol) ?? this.#row(symbol);
            const there = this.#body.rows[i] ?? null;

            this.#rows.set(symbol, row);
            if (there !== row) {
                this.#body.insertBefore(row, there);
            }
        });
        this.#empty.hidden = symbols.length > 0 || !this.#watched.isRead;
        this.#choose(present.has(this.#chosen) ? this.#chosen
            : symbols[0] ?? null);
    }

    #choose(symbol) {
        this.#chosen = symbol;
        for (const row of this.#body.rows) {
            row.querySelector('.market-symbol').setAttribute('aria-pressed',
                String(row.dataset.symbol === symbol));
        }
        if (this.#told !== symbol) {
            this.#told = symbol;
            this.#onChosen(symbol);
        }
    }

    #row(symbol) {
        const row = element('tr');
        const name = button('', () => this.#choose(symbol), 'market-symbol');
        const remove = button('\u00d7', () => this.#remove(symbol), 'quiet');
        const bid = numberCell('quote-bid');
        const ask = numberCell('quote-ask');
        const last = priceCell('quote-last');
        const spark = element('canvas', { class: 'market-spark' });
        const none = element('span', { class: 'market-none' }, 'no quote yet');

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
            const cell = element('td', { class: i > 0 && i < 4 ? 'end' : '' });

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
