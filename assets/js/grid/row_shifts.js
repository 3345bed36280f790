/*
 * Which row stood where before rows last shifted on the screen: who has not
 * had the time to see that aims at what stood there.
 */
const SEEN_MS = 500;

export class RowShifts {
    #body;
    #now = [];
    #before = [];
    #since = -Infinity;

    constructor(scroller, body) {
        const observer = new ResizeObserver(() => this.look());

        this.#body = body;
        observer.observe(scroller);
        observer.observe(body);
        /* These the reader moves himself. */
        scroller.addEventListener('scroll', () => {
            this.#now = this.#places();
        }, { passive: true });
    }

    /* Rows may have shifted. */
    look() {
        const now = this.#places();

        if (now.some(({ id, top }, index) => id !== this.#now[index]?.id ||
            top !== this.#now[index].top)) {
            this.#before = this.#now;
            this.#since = performance.now();
        }
        this.#now = now;
    }

    /* Has the row just taken the place of another, at this height? seen: when
     * the reader last showed that he sees where rows are. */
    isFresh(row, y, seen) {
        const other = this.#before.find(
            ({ top, bottom }) => top <= y && y < bottom);

        return this.#since > Math.max(seen, performance.now() - SEEN_MS) &&
            other !== undefined && other.id !== row.id;
    }

    #places() {
        return [...this.#body.querySelectorAll(':scope > tr[id]')].map(
            (row) => {
                const { top, bottom } = row.getBoundingClientRect();

                return { id: row.id, top, bottom };
            });
    }
}
