/*
 * When a press is an answer, and how long: only where what is asked could be read before it.
 * A key that is held down or bounces, or the second half of a double click, was
 * on its way already. So it is with every question, by key and by mouse.
 */
const READ_MS = 500; /* sooner, nobody has read it */
/* For so long a press counts: what was not sent by then is not sent by it. */
export const PRESS_MS = 3000;

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

const readers = new WeakMap(); /* dialog -> Asked, of its last question */

/* The buttons of a dialog that do something are none until what it asks could be
 * read; they are greyed as long. It has been opened just now. */
export function awaitReader(dialog) {
    const asked = new Asked();
    const answers = [...dialog.querySelectorAll(
        'button[value]:not([value=""], [value="no"])')];

    asked.ask(dialog);
    ignoreHeld(dialog);
    for (const answer of answers) {
        answer.setAttribute('aria-disabled', 'true');
        answer.onclick = (event) => {
            if (!asked.isAnswered(dialog)) {
                event.preventDefault();
            }
        };
    }
    setTimeout(() => {
        if (readers.get(dialog) === asked) {
            answers.forEach((answer) =>
                answer.removeAttribute('aria-disabled'));
        }
    }, READ_MS);
    readers.set(dialog, asked);
}

/* Enter that is held down sends a form once, and presses no button again. */
export function ignoreHeld(node) {
    node.addEventListener('keydown', noneHeld);
}

function noneHeld(event) {
    if (event.key === 'Enter' && event.repeat) {
        event.preventDefault();
    }
}
