/*
 * Below these widths columns fold into a row's detail, the least important
 * first; css/narrow.css agrees.
 */
const WIDTHS = { huge: 1800, desk: 1400, wide: 1280, medium: 940, narrow: 700 };

const screens = Object.fromEntries(Object.entries(WIDTHS).map(
    ([name, width]) => [name, matchMedia(`(max-width: ${width - 0.02}px)`)]));

export const narrowScreen = screens.narrow;

/* Is the room smaller than this? name: wide, medium or narrow. */
export const foldsOf = (name) => screens[name].matches;

export function onFold(listener) {
    for (const screen of Object.values(screens)) {
        screen.addEventListener('change', listener);
    }
}
