/*
 * What the market says of the ticket's instrument, as it goes on; an old quote is
 * marked as one.
 */
import { at, element } from '../lib/dom.js';
import { formatDecimal } from '../lib/format.js';
import { LineQuotes } from '../market/line_quotes.js';
import { MarketQuotes } from '../market/market_quotes.js';
import { clockTime } from '../lib/times.js';

const PRICES = { bid: 'Bid', ask: 'Ask', last: 'Last' };

export class TicketQuote {
    #quotes = new MarketQuotes(() => this.line.want(this.#quotes.symbols));
    #symbol = '';

    /* What it is read from: the page's to connect. */
    line = new LineQuotes({
        quotes: (quotes, time) => this.#quotes.take(quotes, time),
        live: (is) => this.#quotes.setLive(is),
    });

    /* '': of none. */
    show(symbol) {
        if (symbol === this.#symbol) {
            return;
        }
        const node = element('span');

        /* Who is on the page no more watches no more. */
        this.#symbol = symbol;
        at('ticket-quote').replaceChildren(node);
        if (symbol) {
            this.#quotes.watch(symbol, node, ({ quote }, isStale) => {
                node.classList.toggle('is-stale', isStale);
                write(node, quote ? wordsOf(quote, isStale) : '');
            });
        }
    }
}

function wordsOf(quote, isStale) {
    const prices = Object.entries(PRICES)
        .filter(([name]) => quote[name] !== null)
        .map(([name, title]) => `${title} ${formatDecimal(quote[name])}`);

    return prices.join(' \u00b7 ') + (isStale && prices.length
        ? ` \u00b7 old: of ${clockTime(new Date(quote.time))}` : '');
}

function write(node, text) {
    if (node.textContent !== text) {
        node.textContent = text;
    }
}
