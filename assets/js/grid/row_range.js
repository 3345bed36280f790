/*
 * Several rows at once, as lists have it: from the one that was meant last to
 * another, and as the other end moves those that are left behind are let go.
 */
export class RowRange {
    #choice;
    #anchor = null; /* the order that it goes from */
    #taken = new Set(); /* ids that were chosen by it alone */

    /* choice: OrderChoice. */
    constructor(choice) {
        this.#choice = choice;
    }

    /* The next one goes from this order. */
    start(id) {
        this.#anchor = id;
        this.#taken.clear();
    }

    /* orders: those of the rows, from the top. */
    to(orders, id) {
        const ids = orders.map((order) => order.id);
        const end = ids.indexOf(id);
        const begin = ids.indexOf(this.#anchor);

        if (begin < 0) {
            this.start(id);
        }
        const [first, last] = [begin < 0 ? end : begin, end]
            .sort((a, b) => a - b);
        const meant = orders.slice(first, last + 1);
        const left = orders.filter((order) =>
            this.#taken.has(order.id) && !meant.includes(order));
        const come = meant.filter((order) => !this.#choice.has(order.id));

        this.#choice.set(left, false);
        this.#choice.set(come, true);
        left.forEach((order) => this.#taken.delete(order.id));
        come.forEach((order) => this.#taken.add(order.id));
    }
}
