/*
 * Above a grid whose rows are not all there are: how many of how many, and a way
 * back to all.
 */
import { at } from '../lib/dom.js';
import { formatCount } from '../lib/format.js';

export class FilterLine {
    #grid;

    /* grid: OrdersGrid; filters: OrderFilters. */
    constructor(grid, filters) {
        this.#grid = grid;
        at('filtered-clear').addEventListener('click', () => {
            filters.clear();
            grid.clearSearch();
        });
    }

    refresh() {
        const { isFiltered, matching, all } = this.#grid.counts;
        const isSaid = isFiltered;
        const words = matching === all
            ? `${formatCount(matching)} shown`
            : `${formatCount(matching)} of ${formatCount(all)} shown`;

        at('filtered').hidden = !isSaid;
        if (isSaid && at('filtered-words').textContent !== words) {
            at('filtered-words').textContent = words;
        }
    }
}
