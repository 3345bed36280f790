/*
 * When a press is an answer: only where what is asked could be read before it.
 * A key that is held down or bounces, or the second half of a double click, was
 * on its way already.
 */
const READ_MS = 500; /* sooner, nobody has read it */

export class Asked {
    #of = null;
    #at = 0;

    /* What is asked about, or null. */
    get of() {
        return this.#of;
    }

    /* It stands there from now on, unless it did already. */
    ask(of) {
        if (this.#of !== of) {
            this.#of = of;
            this.#at = performance.now();
        }
    }

    /* Does a press answer what was asked about this? at: of the press, as
     * performance.now() has it. */
    isAnswered(of, at = performance.now()) {
        return this.#of === of && at - this.#at >= READ_MS;
    }
}

/* Enter that is held down sends a form once. */
export function ignoreHeld(form) {
    form.addEventListener('keydown', (event) => {
        if (event.key === 'Enter' && event.repeat) {
            event.preventDefault();
        }
    });
}
