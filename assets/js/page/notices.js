/*
 * What is said above a grid has its room there. Where it needs more it is set
 * tighter, up to the edges of the head, and only what needs more even then hangs
 * over the grid: no row moves for it. On a phone it stands at the bottom.
 */
import { at } from '../lib/dom.js';
import { narrowScreen } from '../lib/screen.js';

export function startNotices() {
    const notices = at('notices');
    const room = notices.parentElement;
    const fit = () => {
        notices.classList.remove('is-tight', 'is-over');
        if (!narrowScreen.matches && notices.offsetHeight > room.clientHeight) {
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
