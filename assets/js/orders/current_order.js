/*
 * The order that buttons and keys mean: an id, chosen by the user and by nobody
 * else. It stays the one when its row goes to another page, and is none when
 * the order is no more.
 */
export class CurrentOrder {
    #order = null;

    /* Another one is meant, or it has changed. */
    onChange = () => {};

    /* As it was last seen, or null. */
    get order() {
        return this.#order;
    }

    get id() {
        return this.#order?.id ?? null;
    }

    choose(order) {
        this.#order = order;
        this.onChange();
    }

    clear() {
        this.choose(null);
    }

    /* As it is now, if it is the one. */
    update(order) {
        if (order.id === this.id && order.version >= this.#order.version) {
            this.choose(order);
        }
    }

    /* The order is no more. Gives it where it was the one, else null. */
    forget(id) {
        const order = id === this.id ? this.#order : null;

        if (order) {
            this.clear();
        }
        return order;
    }
}
