/*
 * A price far from the last one is asked about, not refused: a slip of the
 * finger looks like that, and so does a market that moved.
 */
import { Problem, getJson } from './api.js';
import { distance } from './decimal.js';
import { formatCount, formatDecimal } from './format.js';
import { isolated } from './names.js';

const FAR_PERCENT = 10;

/* {words, isRead}: of a warning, or null; that nobody could look is one, too,
 * and isRead is false then. owner: whose last order of the instrument it is held
 * against; empty: one's own. */
export async function lookAtPrice({ instrument, price, owner }) {
    const query = new URLSearchParams({
        instrument, ordering: '-id', page_size: 1, ...owner && { owner },
    });

    try {
        const [last] = (await getJson(`/api/data/?${query}`)).results;

        return {
            words: last ? wordsFor(price, last, owner) : null, isRead: true,
        };
    } catch (error) {
        if (!(error instanceof Problem)) {
            throw error;
        }
        if (error.status === 401) {
            throw error;
        }
        if (error.status === 400) {
            /* No such owner: so is the order refused, and says it. */
            return { words: null, isRead: true };
        }
        return {
            words: `the last price of ${isolated(instrument)} could not be ` +
                `read (${error.message}), so ${formatDecimal(price)} was not ` +
                'checked against it',
            isRead: false,
        };
    }
}

function wordsFor(price, last, owner) {
    const { percent, isBeyond } = distance(price, last.price, FAR_PERCENT);

    if (!isBeyond) {
        return null;
    }
    const far = Number.isFinite(percent)
        ? `${formatCount(percent)}\u00a0% away` : 'far';

    return `${formatDecimal(price)} is ${far} from ` +
        `${owner ? `${isolated(owner)}\u2019s` : 'your'} last order of ` +
        `${isolated(last.instrument)}, ${formatDecimal(last.price)}`;
}
