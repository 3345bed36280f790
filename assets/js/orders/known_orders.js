/*
 * The last known state of each order, from rows and events alike, so that an
 * event can say what it changed. A row may be newer than an event that is
 * still on its way; the state before it is kept for that event.
 */
const KNOWN_MAX = 5000;

export class KnownOrders {
    #entries = new Map();

    /* The page's to set: an order is as it was not known to be. */
    onPut = () => {};

    put(order) {
        const entry = this.#entries.get(order.id);

        if (entry && !(order.version > entry.order.version)) {
            return;
        }
        this.onPut(order);
        this.#entries.delete(order.id);
        this.#entries.set(order.id, { order, before: entry?.order ?? null });
        if (this.#entries.size > KNOWN_MAX) {
            this.#entries.delete(this.#entries.keys().next().value);
        }
    }

    get(id) {
        return this.#entries.get(id)?.order ?? null;
    }

    /* The state that this order replaced, or null where it is not known. */
    before(order) {
        const entry = this.#entries.get(order.id);

        if (!entry) {
            return null;
        }
        if (entry.order.version < order.version) {
            return entry.order;
        }
        return entry.order.version === order.version ? entry.before : null;
    }

    remove(id) {
        this.#entries.delete(id);
    }

    clear() {
        this.#entries.clear();
    }
}
