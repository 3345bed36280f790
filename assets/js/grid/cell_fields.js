/*
 * Which fields of an order the cells of a column are made of: those that are
 * read while one is made, or painted later. What changes elsewhere in an order
 * leaves its cells alone.
 */
export class CellFields {
    #read = new Map(); /* of each column, a Set */

    /* The order as a cell is to be given it. */
    watched(column, order) {
        const fields = this.#of(column);

        return new Proxy(order, {
            get(target, field) {
                fields.add(field);
                return target[field];
            },
        });
    }

    isChanged(column, before, after) {
        return [...this.#of(column)].some(
            (field) => before[field] !== after[field]);
    }

    #of(column) {
        if (!this.#read.has(column)) {
            this.#read.set(column, new Set([column.field]));
        }
        return this.#read.get(column);
    }
}
