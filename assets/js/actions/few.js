/*
 * Many things to do, a few at a time.
 */
const AT_ONCE = 4;

/* act(item) of each, in their order; none is begun any more once isOver(). What
 * act() throws ends it, when those under way have come to their end. */
export async function fewAtATime(items, act, isOver = () => false) {
    let next = 0;
    let isFailed = false;
    const work = async () => {
        while (next < items.length && !isFailed && !isOver()) {
            try {
                await act(items[next++]);
            } catch (error) {
                isFailed = true;
                throw error;
            }
        }
    };
    const ends = await Promise.allSettled(
        Array.from({ length: AT_ONCE }, work));
    const failed = ends.find(({ status }) => status === 'rejected');

    if (failed) {
        throw failed.reason;
    }
}
