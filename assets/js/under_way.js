/*
 * What takes its time is said to be under way; what is done at once is not.
 */
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
