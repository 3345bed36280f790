/*
 * What the market says of each order, as columns of its grid: written in place,
 * without a draw. The server knows nothing of them, so it neither sorts nor
 * searches by them.
 */
import { numberCell, priceCell, when, writeNumber, writePrice }
    from './market_cells.js';
import { isMarketable, limitDistance, unrealized } from './market_sums.js';
import { roundDecimal } from '../lib/decimal.js';
import { foldsOf } from '../lib/screen.js';

const DIGITS = 2; /* of a sum of money */

/* quotes: MarketQuotes; isOn(): is the market to be seen? */
export function marketColumns(quotes, isOn) {
    const made = new WeakMap(); /* node -> {instrument, again} */
    const column = (name, title, make, paint) => ({
        field: 'id', name, title, end: true, orderable: false,
        searchable: false, isThere: isOn, isShown: () => !foldsOf('medium'),
        width: 120,
        cell(id, order) {
            const node = make(`quote-${name}`);

            if (isOn()) {
                made.set(node, {
                    instrument: order.instrument,
                    again: quotes.watch(order.instrument, node,
                        (entry, isStale) => paint(node, order, entry, isStale)),
                });
            }
            return node;
        },
        /* Its order, which the node knows, has changed. False: it has to be made
         * anew. */
        repaint(node, { instrument }) {
            const { instrument: before, again } = made.get(node) ?? {};

            return before === instrument && again();
        },
    });

    return [
        column('last', 'Last', priceCell, (node, order, entry, isStale) =>
            writePrice(node, entry, isStale)),
        column('distance', 'Distance', numberCell, paintDistance),
        column('unrealized', 'Unrealized', numberCell, paintGain),
    ];
}

function paintDistance(node, order, { quote }, isStale) {
    const far = limitDistance(order, quote);
    const isThere = far !== null && isMarketable(far);

    writeNumber(node, isThere ? 'marketable' : far,
        { isStale, title: far === null ? '' : when(quote) });
    node.classList.toggle('is-there', isThere && !isStale);
}

function paintGain(node, order, { quote }, isStale) {
    const exact = unrealized(order, quote);
    const gain = exact === null ? null : roundDecimal(exact, DIGITS);

    writeNumber(node, gain, { isStale, title: exact === null ? '' : `(${exact})` });
    node.classList.toggle('is-gain', !isStale && gain > 0);
    node.classList.toggle('is-loss', !isStale && gain < 0);
}
