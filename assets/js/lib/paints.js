/*
 * What changes on a page by itself is painted together: rows, quotes and the
 * monitor come by frames of their own, and for each paint alone the browser
 * would style and lay out the page again. The first change after a quiet while
 * is painted in the next frame of the screen, later ones some twenty times a
 * second. While the page is hidden nothing is painted.
 */
const DISTANCE_MS = 45;

const waiting = new Set();
let isArmed = false;
let painted = -Infinity;

/* paint(): called once, however often it is asked for until then. */
export function paintSoon(paint) {
    waiting.add(paint);
    if (!isArmed) {
        const wait = painted + DISTANCE_MS - performance.now();

        isArmed = true;
        if (wait > 0) {
            setTimeout(() => requestAnimationFrame(paintAll), wait);
        } else {
            requestAnimationFrame(paintAll);
        }
    }
}

function paintAll() {
    const paints = [...waiting];

    isArmed = false;
    painted = performance.now();
    waiting.clear();
    for (const paint of paints) {
        try {
            paint();
        } catch (error) {
            /* The others are painted all the same. */
            window.reportError(error);
        }
    }
}
