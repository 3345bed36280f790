/*
 * What is said above a grid has its room there. Where it needs more it is set
 * tighter, up to the edges of the head, and only what needs more even then hangs
 * over the grid: no row moves for it. On a phone it stands below all else, which
 * ends above it.
 */
import { at } from './dom.js';

export function startNotices() {
    const notices = at('notices');
    const room = notices.parentElement;
    const fit = () => {
        const isBelowAll = getComputedStyle(notices).position === 'fixed';

        notices.classList.remove('is-tight', 'is-over');
        document.body.style.setProperty('--notices',
            isBelowAll ? `${notices.offsetHeight}px` : '0px');
        if (!isBelowAll && notices.offsetHeight > room.clientHeight) {
            notices.classList.add('is-tight');
            notices.classList.toggle('is-over', isBelow(notices));
        }
    };
    const observer = new ResizeObserver(fit);

    observer.observe(notices);
    observer.observe(room);
}

const EDGE = 4; /* pixels: the blank above a column's title */

/* Does it go beyond the head that it is in? */
const isBelow = (notices) => notices.getBoundingClientRect().bottom >
    notices.closest('.panel-head').getBoundingClientRect().bottom + EDGE;
