/*
 * What takes its time is said to be under way; what is done at once is not. It can
 * be stopped as long as nothing has been sent that changes anything.
 */
import { Problem } from './api.js';
import { PRESS_MS } from './asked.js';

const TELL_AFTER_MS = 300;

/* act(): what is done, as a promise, whose result it gives. tell(true): it
 * takes its time; then tell(false), when it is over. */
export async function underWay(act, tell) {
    let isTold = false;
    const timer = setTimeout(() => {
        isTold = true;
        tell(true);
    }, TELL_AFTER_MS);

    try {
        return await act();
    } finally {
        clearTimeout(timer);
        if (isTold) {
            tell(false);
        }
    }
}

/* What is looked at before something is sent. */
export class Before {
    #stop = null;

    /* As promise is kept, or a Problem where it is stopped; late(): what is gone
     * by where it takes longer than a press counts. */
    wait(promise, late) {
        const begun = Date.now();
        let timer;

        return new Promise((resolve, reject) => {
            this.#stop = () => reject(new Problem('nothing was sent'));
            timer = setTimeout(() => resolve(late()), PRESS_MS);
            /* A computer that slept meanwhile may wake up to the answer, before
             * the timer is due. */
            promise.then((found) => resolve(
                Date.now() - begun < PRESS_MS ? found : late()), reject);
        }).finally(() => {
            clearTimeout(timer);
            this.#stop = null;
        });
    }

    /* False: there is nothing to stop, or it is too late. */
    stop() {
        const isBefore = this.#stop !== null;

        this.#stop?.();
        return isBefore;
    }
}
