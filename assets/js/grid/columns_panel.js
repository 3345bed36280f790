/*
 * The panel that the columns of a grid are chosen in: which are shown, in what
 * order and how wide, and which stay in sight; and above them the layouts that
 * all of it is kept in (layout_form.js).
 */
import { openDialog, startDialog } from '../lib/dialogs.js';
import { at, button, element } from '../lib/dom.js';
import { LayoutForm } from './layout_form.js';
import { narrowScreen } from '../lib/screen.js';

const HINTS = {
    wide: 'From the left. In the grid, drag a header to move it and its right ' +
        'edge to resize it; by keys, Shift or Ctrl and an arrow on a header.',
    narrow: 'From the left. On a screen this narrow, what has no room is in the ' +
        'details of a row.',
};

export class ColumnsPanel {
    #dialog = at('columns');
    #list = at('columns-list');
    #layout;
    #isSeen;
    #form;

    /* layout: ColumnLayout; gridLayout: GridLayout; isSeen(name): is it to be
     * seen now? opener: the button. */
    constructor({ layout, gridLayout, isSeen, opener }) {
        this.#layout = layout;
        this.#isSeen = isSeen;
        this.#form = new LayoutForm(this.#dialog, gridLayout);
        startDialog(this.#dialog);
        opener.addEventListener('click', () => this.open());
        layout.onChange(() => this.#refresh());
        gridLayout.onChange = () => this.#refresh();
    }

    open() {
        at('columns-hint').textContent =
            HINTS[narrowScreen.matches ? 'narrow' : 'wide'];
        this.#form.open();
        openDialog(this.#dialog);
        this.#refresh();
    }

    /* What has the focus keeps it, wherever its column has gone. */
    #refresh() {
        if (!this.#dialog.open) {
            return;
        }
        const { activeElement } = document;
        const focused = activeElement.closest('#columns-list li')?.dataset.name;
        const part = activeElement.dataset.part;

        this.#list.replaceChildren(
            ...this.#layout.names.map((name, i, all) =>
                this.#item(name, i === 0, i === all.length - 1)));
        this.#form.refresh();
        if (focused) {
            const item = this.#list.querySelector(
                `[data-name="${CSS.escape(focused)}"]`);

            item.querySelector(`[data-part="${part}"]:not(:disabled)`)?.focus();
            if (!item.contains(document.activeElement)) {
                item.querySelector('input').focus();
            }
        }
    }

    #item(name, isFirst, isLast) {
        const item = element('li');
        const title = this.#layout.title(name);

        item.dataset.name = name;
        item.append(this.#box(name, title), this.#width(name, title),
            this.#pin(name, title),
            this.#mover(name, -1, '\u2191', `Move ${title} to the left`, isFirst),
            this.#mover(name, 1, '\u2193', `Move ${title} to the right`, isLast));
        return item;
    }

    #box(name, title) {
        const label = element('label', { class: 'check' });
        const box = element('input');

        box.type = 'checkbox';
        box.dataset.part = 'shown';
        box.checked = this.#layout.shown(name) ?? this.#isSeen(name);
        box.addEventListener('change', () =>
            this.#layout.show(name, box.checked));
        label.append(box, title);
        return label;
    }

    #width(name, title) {
        const field = element('input');

        field.type = 'number';
        field.dataset.part = 'width';
        field.min = '48';
        field.max = '1000';
        field.step = '10';
        field.value = this.#layout.isSized ? this.#layout.width(name) : '';
        field.placeholder = 'auto';
        field.setAttribute('aria-label', `Width of ${title} in pixels`);
        field.addEventListener('change', () => this.#layout.size({
            [name]: field.value === '' ? null : Number(field.value),
        }));
        return field;
    }

    #pin(name, title) {
        const isPinned = this.#layout.isPinned(name);
        const pin = button('Pin', () => this.#layout.pin(name, !isPinned));

        pin.dataset.part = 'pin';
        pin.setAttribute('aria-pressed', String(isPinned));
        pin.setAttribute('aria-label', `Pin ${title} at the left`);
        pin.title = 'Stays in sight at the left';
        return pin;
    }

    #mover(name, by, sign, words, isOff) {
        const mover = button(sign, () => this.#layout.step(name, by));

        mover.dataset.part = by < 0 ? 'left' : 'right';
        mover.setAttribute('aria-label', words);
        mover.disabled = isOff;
        return mover;
    }
}
