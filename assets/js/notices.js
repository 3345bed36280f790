/*
 * What is said above a grid has its room there, and hangs over the grid where it
 * needs more: no row moves for it.
 */
import { at } from './dom.js';

export function startNotices() {
    const notices = at('notices');
    const room = notices.parentElement;
    const observer = new ResizeObserver(() => {
        notices.classList.toggle('is-over',
            notices.offsetHeight > room.clientHeight);
    });

    observer.observe(notices);
    observer.observe(room);
}
