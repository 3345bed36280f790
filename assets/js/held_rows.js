/*
 * Rows that stay where they stand, as they are now: from a page read for the
 * same place of the list, which may have others in it meanwhile, and one by
 * one where an order is not in that.
 */
import { getJson } from './api.js';

export class HeldRows {
    #table;
    #waiting;
    #changed;
    #gone;

    /* table: OrdersTable; waiting: WaitingRows; changed(row, order,
     * anyVersion); gone(id): an order is no more, its row is struck out. */
    constructor(table, waiting, { changed, gone }) {
        this.#table = table;
        this.#waiting = waiting;
        this.#changed = changed;
        this.#gone = gone;
    }

    /* anyVersion: of another life of the database, where versions say nothing.
     * Throws a Problem. */
    async renew(orders, anyVersion) {
        const found = new Set(orders.map(({ id }) => id));

        for (const order of orders) {
            const row = this.#table.row(order.id);

            if (row) {
                this.#renewOne(row, order, anyVersion);
            } else {
                this.#waiting.add(
                    order.version === 1 ? 'new' : 'moved', order.id);
            }
        }
        for (const { id } of this.#table.orders) {
            if (!found.has(id) && !this.#table.isGone(id)) {
                await this.#look(id, anyVersion);
            }
        }
    }

    #renewOne(row, order, anyVersion) {
        if (anyVersion || row.data().version < order.version) {
            this.#changed(row, order, anyVersion);
        }
    }

    async #look(id, anyVersion) {
        try {
            const order = await getJson(`/api/data/${id}/`);
            const row = this.#table.row(id);

            if (row) {
                this.#renewOne(row, order, anyVersion);
            }
        } catch (error) {
            if (error.status !== 404) {
                throw error;
            }
            this.#gone(id);
            this.#table.strike(id);
            this.#waiting.add('removed', id);
        }
    }
}
