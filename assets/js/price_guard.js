/*
 * A price far from the last one is asked about, not refused: a slip of the
 * finger looks like that, and so does a market that moved.
 */
import { Problem, getJson } from './api.js';
import { distance } from './decimal.js';
import { formatDecimal } from './format.js';

const FAR_PERCENT = 10;

/* The words of a warning, or null; that nobody could look is one, too. owner:
 * whose last order of the instrument it is held against; empty: one's own. */
export async function farPriceWords({ instrument, price, owner }) {
    const query = new URLSearchParams({
        instrument, ordering: '-id', page_size: 1, ...owner && { owner },
    });

    try {
        const [last] = (await getJson(`/api/data/?${query}`)).results;

        return last ? wordsFor(price, last, owner) : null;
    } catch (error) {
        if (!(error instanceof Problem)) {
            throw error;
        }
        if (error.status === 401) {
            throw error;
        }
        if (error.status === 400) {
            return null; /* no such owner: so is the order refused, and says it */
        }
        return `the last price of ${instrument} could not be read ` +
            `(${error.message}), so ${formatDecimal(price)} was not compared ` +
            'with it';
    }
}

function wordsFor(price, last, owner) {
    const { percent, isBeyond } = distance(price, last.price, FAR_PERCENT);

    if (!isBeyond) {
        return null;
    }
    const far = Number.isFinite(percent)
        ? `${percent.toLocaleString()} % away` : 'far';

    return `${formatDecimal(price)} is ${far} from ` +
        `${owner ? `${owner}\u2019s` : 'your'} last order of ` +
        `${last.instrument}, ${formatDecimal(last.price)}`;
}
