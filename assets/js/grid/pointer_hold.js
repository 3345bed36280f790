/*
 * Is somebody about to click on a row? As long as the pointer is over the rows
 * and has just moved or pressed, none of them may slip away under it; between
 * a press and its click, whatever comes. A pointer that rests is no hand: where
 * rows shift under one, a press that comes right behind that was not meant for
 * the row it meets.
 */
import { RowShifts } from './row_shifts.js';

const REST_MS = 2000;
/* A finger that is lifted comes again, and hovers nowhere until then. */
const LIFTED_MS = 4000;

export class PointerHold {
    #body;
    #released;
    #shifts;
    #until = -Infinity;
    #at = { x: NaN, y: NaN, time: -Infinity }; /* where it last came to */
    #pressed = false;
    #stray = false;
    #timer = 0;
    #waiting = []; /* for the end of a press */

    /* released(): it holds no more. */
    constructor(scroller, body, released) {
        this.#body = body;
        this.#released = released;
        this.#shifts = new RowShifts(scroller, body);
        body.addEventListener('pointermove', (event) => this.#move(event));
        body.addEventListener('pointerdown', (event) => this.#press(event));
        body.addEventListener('pointerleave', ({ pointerType }) => {
            if (pointerType !== 'touch') {
                this.#end(0);
            }
        });
        for (const type of ['pointerup', 'pointercancel']) {
            window.addEventListener(type, ({ pointerType }) => {
                this.#release(pointerType === 'touch');
            }, true);
        }
        window.addEventListener('blur', () => this.#release());
    }

    get isOn() {
        return this.#pressed || performance.now() < this.#until;
    }

    /* Was the last press meant for another row than it met? */
    get isStray() {
        return this.#stray;
    }

    /* Rows have been replaced. */
    shifted() {
        this.#shifts.look();
    }

    /* Resolves when nothing is pressed. */
    rest() {
        return this.#pressed
            ? new Promise((resolve) => {
                this.#waiting.push(resolve);
            })
            : Promise.resolve();
    }

    /* Rows that shift under it are told as its moves, too. */
    #move({ clientX: x, clientY: y }) {
        if (x !== this.#at.x || y !== this.#at.y) {
            this.#at = { x, y, time: performance.now() };
            this.#end(REST_MS);
        }
    }

    /* A finger is nowhere before. */
    #press({ target, clientY, pointerType }) {
        const row = target.closest('tr[id]');
        const seen = pointerType === 'touch' ? -Infinity : this.#at.time;

        this.#stray = row !== null && this.#shifts.isFresh(row, clientY, seen);
        this.#at.time = performance.now();
        this.#pressed = true;
        this.#end(REST_MS);
    }

    /* The click comes right behind it. */
    #release(isLifted = false) {
        if (this.#pressed) {
            setTimeout(() => {
                this.#pressed = false;
                this.#waiting.splice(0).forEach((resolve) => resolve());
                this.#end(isLifted ? LIFTED_MS
                    : this.#body.matches(':hover') ? REST_MS : 0);
            });
        }
    }

    /* So many milliseconds from now, unless something happens before. */
    #end(ms) {
        this.#until = performance.now() + ms;
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => {
            if (!this.isOn) {
                this.#released();
            }
        }, ms + 1);
    }
}
