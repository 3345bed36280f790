/*
 * What has happened to the list of orders while its rows stay where the reader
 * looks: counted, and shown when he asks for it.
 */
import { at, plural } from '../lib/dom.js';
import { formatCount } from '../lib/format.js';

const KINDS = {
    new: (count) => plural(count, 'new order'),
    moved: (count) => `${formatCount(count)} moved`,
    removed: (count) => `${formatCount(count)} removed`,
};

export class WaitingRows {
    #counts = {};
    #button = at('rows-waiting');

    /* show(): they are asked for. */
    constructor(show) {
        this.#button.addEventListener('click', show);
    }

    get any() {
        return Object.values(this.#counts).some((count) => count > 0);
    }

    get anyNew() {
        return this.#counts.new > 0;
    }

    /* counts: of countWaiting(), or {}; leads: to be shown they are gone to on
     * the first page. */
    tell(counts, leads) {
        this.#counts = counts;

        const words = Object.entries(KINDS)
            .filter(([kind]) => counts[kind] > 0)
            .map(([kind, wordsOf]) => wordsOf(counts[kind])).join(', ');

        if (this.#button.hidden && words) {
            at('announcer').textContent = `${words}: not shown yet`;
        }
        this.#button.hidden = words === '';
        const offer = `${words} \u00b7 ${leads ? 'show on page 1' : 'show'}`;

        if (this.#button.textContent !== offer) {
            this.#button.textContent = offer;
            this.#button.title = leads ? 'Go to page 1 and show them (s)'
                : 'Show them (s)';
        }
    }
}

/*
 * How the rows shown, { ids, start }, differ from the page that is known:
 * { new, moved, removed }; what comes above the rows of a filtered list is new
 * there. isGone(id): the order is no more; isNew(id): it was not there when the
 * rows were put there; added: how many orders were not, be they in the list or
 * not; isNewestFirst: nothing but what is new comes above the rows; isFiltered:
 * the list has not all orders; length: how many rows a page may have.
 */
export function countWaiting({ data, start, recordsFiltered }, shown,
    { isGone, isNew, added, isNewestFirst, isFiltered, length }) {
    const ids = data.map(({ id }) => id);
    const inPage = new Set(ids);
    const wasShown = new Set(shown.ids);
    const entered = ids.filter((id) => !wasShown.has(id));
    const left = shown.ids.filter((id) => !inPage.has(id));
    const fresh = entered.filter(isNew).length;
    const removed = left.filter(isGone).length;
    const above = Math.max(start - shown.start, 0);
    const freshAbove = isNewestFirst ? above
        : Math.min(above, Math.max(added - fresh, 0));
    /* Where there are rows below, they take the places of those that left, and
     * those that came push as many out there. */
    const pulled = shown.ids.length === length ? left.length : 0;
    const pushed = recordsFiltered > start + data.length ? fresh : 0;
    const moved = Math.max(entered.length - fresh - pulled, 0) +
        Math.max(left.length - removed - pushed, above - freshAbove, 0) +
        movedAmong(ids.filter((id) => wasShown.has(id)),
                   shown.ids.filter((id) => inPage.has(id)));

    /* A page that is not anchored has no more than its length of them. */
    const least = isNewestFirst && !isFiltered ? added : 0;

    return { new: Math.max(fresh + freshAbove, least), moved, removed };
}

/* How many of the same ids change places, about. */
function movedAmong(ids, before) {
    const passed = new Set();
    let at = 0;
    let moved = 0;

    for (const id of ids) {
        while (passed.has(before[at])) {
            at++;
        }
        if (id === before[at]) {
            at++;
        } else if (!passed.has(id)) {
            const isNext = id === before[at + 1];

            passed.add(isNext ? before[at] : id);
            at += isNext ? 2 : 0;
            moved++;
        }
    }
    return moved;
}
