/*
 * The heads of a grid's columns, by the hand: a head is dragged to another
 * place, its right edge to another width. By keys, where it has the focus: Shift
 * and an arrow move it, Ctrl and an arrow size it.
 */
import { nameOfCell } from './column_layout.js';
import { at, element } from '../lib/dom.js';
import { narrowScreen } from '../lib/screen.js';

const FAR_PX = 6; /* a press that goes further is no click */
const STEP_PX = 10;

export class ColumnDrag {
    #head;
    #layout;
    #drag = null; /* {name, x, width} of an edge, {name, cell, x} of a head */

    /* head: thead; layout: ColumnLayout. */
    constructor(head, layout) {
        this.#head = head;
        this.#layout = layout;
        for (const cell of this.#heads) {
            cell.append(this.#grip());
        }
        head.addEventListener('pointerdown', (event) => this.#press(event));
        head.addEventListener('pointermove', (event) => this.#move(event));
        head.addEventListener('pointerup', (event) => this.#release(event));
        head.addEventListener('pointercancel', () => this.#end());
        head.addEventListener('dblclick', (event) => this.#reset(event));
        head.addEventListener('keydown', (event) => this.#key(event));
    }

    /* Widths as they are, for those that have none of their own: they stay so
     * while one is changed. */
    #measured() {
        return Object.fromEntries(this.#heads.map((cell) =>
            [nameOfCell(cell), cell.getBoundingClientRect().width]));
    }

    get #heads() {
        return [...this.#head.querySelectorAll('th')].filter(
            (cell) => this.#layout.has(nameOfCell(cell)));
    }

    #grip() {
        const grip = element('span', { class: 'column-grip' });

        grip.title = 'Drag to resize, double-click to fit';
        grip.setAttribute('aria-hidden', 'true');
        grip.addEventListener('click', (event) => event.stopPropagation());
        return grip;
    }

    #press(event) {
        const cell = event.target.closest('th');
        const name = cell && nameOfCell(cell);

        if (!this.#layout.has(name) || event.button || narrowScreen.matches) {
            return;
        }
        const isEdge = event.target.matches('.column-grip');

        if (isEdge) {
            event.preventDefault();
            event.target.setPointerCapture(event.pointerId);
            this.#drag = {
                name, x: event.clientX, isEdge, isOn: true,
                width: cell.getBoundingClientRect().width,
            };
        } else if (event.pointerType === 'mouse') {
            this.#drag = { name, cell, x: event.clientX, isEdge, isOn: false };
        }
    }

    #move(event) {
        const drag = this.#drag;
        const by = drag ? event.clientX - drag.x : 0;

        if (!drag) {
            return;
        }
        if (!event.buttons) {
            this.#end(); /* it was let go elsewhere */
            return;
        }
        if (drag.isEdge) {
            this.#resize(drag, drag.width + by);
            return;
        }
        if (!drag.isOn && Math.abs(by) > FAR_PX) {
            drag.isOn = true;
            drag.spots = this.#spots();
            drag.cell.setPointerCapture(event.pointerId);
            drag.cell.classList.add('is-dragged');
        }
        if (drag.isOn) {
            drag.before = this.#before(drag.spots, event.clientX);
            this.#mark(drag.before);
        }
    }

    #resize({ name }, width) {
        this.#layout.size({ ...this.#layout.isSized ? {} : this.#measured(),
            [name]: width });
    }

    /* Where a head may be put: in front of each. */
    #spots() {
        return this.#heads.map((cell) => {
            const { left, right } = cell.getBoundingClientRect();

            return { name: nameOfCell(cell), middle: (left + right) / 2 };
        });
    }

    #before(spots, x) {
        return spots.find(({ middle }) => x < middle)?.name ?? null;
    }

    #mark(before) {
        const heads = this.#heads;

        for (const cell of heads) {
            cell.classList.toggle('drop-before', nameOfCell(cell) === before);
            cell.classList.toggle('drop-behind',
                before === null && cell === heads.at(-1));
        }
    }

    #release() {
        const drag = this.#drag;

        this.#end();
        if (!drag?.isOn || drag.isEdge) {
            return;
        }
        this.#muffle();
        if (drag.before !== undefined) {
            this.#put(drag.name, drag.before);
        }
    }

    /* Behind the last that is shown, not behind all. */
    #put(name, before) {
        const { names } = this.#layout;
        const last = nameOfCell(this.#heads.at(-1));

        if (before === null && last !== name) {
            this.#layout.move(name, names[names.indexOf(last) + 1] ?? null);
        } else if (before !== null) {
            this.#layout.move(name, before);
        }
    }

    /* The click that ends a drag sorts nothing. */
    #muffle() {
        const stop = (event) => event.stopPropagation();

        this.#head.addEventListener('click', stop, { capture: true });
        setTimeout(() => this.#head.removeEventListener('click', stop,
            { capture: true }));
    }

    #end() {
        this.#drag = null;
        for (const cell of this.#heads) {
            cell.classList.remove('is-dragged', 'drop-before', 'drop-behind');
        }
    }

    #reset({ target }) {
        if (target.matches('.column-grip')) {
            this.#layout.size({ [nameOfCell(target.closest('th'))]: null });
        }
    }

    #key(event) {
        const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        const cell = event.target.closest('th');

        if (!by || !cell || event.altKey || event.metaKey ||
            event.shiftKey === event.ctrlKey || narrowScreen.matches) {
            return;
        }
        const name = nameOfCell(cell);

        event.preventDefault();
        if (event.ctrlKey) {
            this.#resize({ name }, STEP_PX * by +
                cell.getBoundingClientRect().width);
            say(`${this.#layout.title(name)} is ` +
                `${this.#layout.width(name)} pixels wide`);
        } else {
            const names = this.#heads.map(nameOfCell);

            this.#layout.step(name, by, names);
            say(`${this.#layout.title(name)} is column ` +
                `${this.#heads.map(nameOfCell).indexOf(name) + 1} of ` +
                `${names.length}`);
        }
    }
}

function say(text) {
    at('announcer').textContent = text;
}
