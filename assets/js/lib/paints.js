/*
 * What changes on a page by itself is painted together: rows, quotes and the
 * monitor come by frames of their own, and for each paint alone the browser
 * would style and lay out the page again. The first change after a quiet while
 * is painted in the next frame of the screen, later ones some twenty times a
 * second. Of a page that nobody sees there are no frames: it keeps up once a
 * second, so that nothing heaps up.
 */
const DISTANCE_MS = 45;
const HIDDEN_MS = 1000;

const waiting = new Set();
let timer = 0;
let frame = 0;
let painted = -Infinity;

/* paint(): called once, however often it is asked for until then. */
export function paintSoon(paint) {
    const isArmed = waiting.size > 0;

    waiting.add(paint);
    if (!isArmed) {
        arm();
    }
}

document.addEventListener('visibilitychange', () => {
    if (waiting.size) {
        arm();
    }
});

function arm() {
    const wait = painted + DISTANCE_MS - performance.now();

    clearTimeout(timer);
    cancelAnimationFrame(frame);
    if (document.hidden) {
        timer = setTimeout(paintAll, HIDDEN_MS);
    } else if (wait > 0) {
        timer = setTimeout(awaitFrame, wait);
    } else {
        awaitFrame();
    }
}

function awaitFrame() {
    frame = requestAnimationFrame(paintAll);
}

function paintAll() {
    const paints = [...waiting];

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
