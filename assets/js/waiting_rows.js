/*
 * What has happened to the list of orders while its rows stay where the reader
 * looks: counted, and shown when he asks for it.
 */
import { at, plural } from './dom.js';
import { formatCount } from './format.js';

const KINDS = {
    new: (count) => plural(count, 'new order'),
    moved: (count) => `${formatCount(count)} moved`,
    removed: (count) => `${formatCount(count)} removed`,
};

export class WaitingRows {
    #ids = { new: new Set(), moved: new Set(), removed: new Set() };
    #button = at('rows-waiting');

    /* show(): they are asked for. */
    constructor(show) {
        this.#button.addEventListener('click', show);
    }

    get any() {
        return Object.values(this.#ids).some(({ size }) => size > 0);
    }

    get anyNew() {
        return this.#ids.new.size > 0;
    }

    add(kind, id) {
        const { new: fresh, moved } = this.#ids;

        if (kind === 'removed') {
            moved.delete(id);
            if (fresh.delete(id)) {
                return; /* It came and went unseen. */
            }
        }
        if (kind !== 'moved' || !fresh.has(id)) {
            this.#ids[kind].add(id);
        }
    }

    clear() {
        Object.values(this.#ids).forEach((ids) => ids.clear());
        this.#button.hidden = true;
    }

    /* isFiltered: nobody knows which of them belong in the list; leads: to be
     * shown they are gone to on the first page. */
    tell({ isFiltered, leads }) {
        const counts = Object.entries(this.#ids)
            .filter(([, { size }]) => size > 0);
        const total = counts.reduce((sum, [, { size }]) => sum + size, 0);
        const words = isFiltered
            ? `${plural(total, 'change')} that may matter here`
            : counts.map(([kind, { size }]) => KINDS[kind](size)).join(', ');

        if (this.#button.hidden && total) {
            at('announcer').textContent = `${words}: not shown yet`;
        }
        this.#button.hidden = total === 0;
        const offer = `${words} \u00b7 ${leads ? 'show on page 1' : 'show'}`;

        if (this.#button.textContent !== offer) {
            this.#button.textContent = offer;
            this.#button.title = leads ? 'Go to page 1 and show them (s)'
                : 'Show them (s)';
        }
    }
}
