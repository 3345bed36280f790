/*
 * What is said beside the tools of a grid goes when it is true no more, or when
 * the next action begins.
 */
import { say } from '../lib/dialogs.js';
import { at } from '../lib/dom.js';

let said = null; /* {text, isTrue, afterwards} */

/* What stands in the way. isTrue(): does it still? afterwards: what is said in
 * its place when it does no more, or nothing. */
export function object(text, isTrue, afterwards = '') {
    say(text, true);
    said = { text, isTrue, afterwards };
}

/* Things have changed. */
export function hushUntrue() {
    if (said && said.text === at('said').textContent && !said.isTrue()) {
        const { afterwards } = said;

        hush();
        if (afterwards) {
            say(afterwards, true);
        }
    }
}

/* Another order is meant. */
export function hushError() {
    if (at('said').classList.contains('is-error')) {
        hush();
    }
}

export function hush() {
    said = null;
    if (at('said').textContent) {
        say('');
    }
}
