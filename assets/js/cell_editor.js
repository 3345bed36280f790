/*
 * Changing one cell in place. The field lies over the cell, not in it, so that
 * a row that changes or a page that is read again meanwhile does not end what
 * is being typed. Enter saves, Tab saves and goes on, Esc leaves all as it was.
 * Who goes elsewhere saves too; where that can't be, the field stays and says
 * why, but does not take the focus back.
 */
import { Problem, goToLogin } from './api.js';
import { say } from './dialogs.js';
import { element, isFocusLost } from './dom.js';
import { sentence } from './form.js';
import { localWords } from './format.js';
import { keeps } from './kept.js';
import { isolated, typedName } from './names.js';
import { readNumber, typedNumber } from './number_input.js';
import { changeOrder, savedWords } from './order_change.js';
import { quantityFault } from './order_state.js';
import { dealWords } from './order_words.js';
import { farPriceWords } from './price_guard.js';

const STATUSES = [
    'new', 'partially_filled', 'filled', 'canceled', 'rejected', 'expired',
];

/* In the order of the columns: what of each can be changed, and how. */
const FIELDS = {
    owner: { words: 'Owner' },
    instrument: { words: 'Instrument' },
    side: { words: 'Side', choices: ['buy', 'sell'] },
    quantity: { words: 'Quantity', isNumber: true },
    price: { words: 'Price', isNumber: true },
    filled_quantity: { words: 'Filled', isNumber: true },
    status: { words: 'Status', choices: STATUSES },
};
const NAMES = Object.keys(FIELDS);

/* What is a part of the deal. */
const DEAL = new Set(['side', 'instrument', 'quantity', 'price']);

export class CellEditor {
    #grid;
    #form = null;
    #input = null;
    #error = null;
    #echo = null;
    #seen = null;
    #field = null;
    #last = 'price';
    #busy = false;
    #warned = null; /* the price that was asked about */
    #begun = ''; /* what the field held at first */
    /* The cell, the table and what it lies in: a column may move or go. */
    #watched = null;
    #moves = new ResizeObserver(() => this.place());

    constructor(grid) {
        this.#grid = grid;
        keeps(() => this.#form && this.#input.value !== this.#begun
            ? {
                name: 'cell', words: this.#unsavedWords(),
                state: 'Your login had ended before this was saved: ' +
                    `${this.#unsavedWords()}.`,
            } : null);
    }

    /* field null: the one edited last. True where a cell is edited then. */
    open(order, field = null) {
        const name = NAMES.includes(field) ? field : this.#last;

        if (this.#busy) {
            return true;
        }
        if (this.#form) {
            this.#tellUnsaved();
        }
        this.#close();
        if (!this.#grid.cell(order.id, name)) {
            return false;
        }
        this.#seen = order;
        this.#field = this.#last = name;
        this.#warned = null;
        this.#grid.editing = true;
        this.#build();
        this.place();
        this.#input.focus();
        this.#input.select?.();
        return true;
    }

    /* Rows were replaced or changed, or columns: over its cell again, never
     * over another one. */
    place() {
        const cell = this.#seen &&
            this.#grid.cell(this.#seen.id, this.#field);

        if (!this.#form) {
            return;
        }
        this.#form.hidden = !cell;
        if (!cell) {
            this.#lost();
            return;
        }
        if (this.#watched !== cell) {
            this.#watched = cell;
            this.#moves.observe(cell);
        }
        const scroller = this.#form.parentElement;
        const inside = scroller.getBoundingClientRect();
        const { left, top, width, height } = cell.getBoundingClientRect();
        const style = this.#form.style;
        const wide = Math.max(width, 96);
        const start = Math.min(
            left - inside.left, scroller.clientWidth - wide);

        style.left = `${start + scroller.scrollLeft}px`;
        style.top = `${top - inside.top + scroller.scrollTop}px`;
        style.width = `${wide}px`;
        style.setProperty('--cell', `${height}px`);
    }

    /* Its cell is shown no more. What is on its way says by itself what it has
     * come to. */
    #lost() {
        if (this.#busy) {
            return;
        }
        const hadFocus = this.#form.contains(document.activeElement);
        const { id } = this.#seen;

        this.#tellUnsaved(', which is no longer shown here');
        this.#close();
        if (hadFocus) {
            this.#grid.focusRow(id);
        }
    }

    /* Where it was changed. */
    #tellUnsaved(more = '') {
        const fault = this.#error.textContent;

        if (this.#input.value !== this.#begun) {
            say(`Not saved: ${this.#unsavedWords()}${more}. ${fault}`.trim(),
                true);
        }
    }

    #unsavedWords() {
        return `${FIELDS[this.#field].words.toLowerCase()} ` +
            `\u201c${isolated(this.#input.value)}\u201d of order ` +
            this.#seen.id;
    }

    #build() {
        const { words, choices, isNumber } = FIELDS[this.#field];
        const scroller = document.getElementById('orders').parentElement;
        const input = element(choices ? 'select' : 'input',
            isNumber ? 'number' : '');

        for (const choice of choices ?? []) {
            const option = element('option', '', choice.replaceAll('_', ' '));

            option.value = choice;
            input.append(option);
        }
        input.value = isNumber ? typedNumber(this.#seen[this.#field])
            : this.#seen[this.#field] ?? '';
        input.setAttribute('aria-label', `${words} of order ${this.#seen.id}`);
        if (!choices) {
            input.autocomplete = 'off';
            input.spellcheck = false;
            input.inputMode = isNumber ? 'decimal' : 'text';
        }
        this.#error = element('p', 'cell-error');
        this.#error.id = 'cell-error';
        this.#error.setAttribute('role', 'alert');
        this.#form = element('form', 'cell-editor');
        this.#form.noValidate = true;
        this.#echo = element('output', 'cell-echo');
        this.#form.append(input, this.#echo, this.#error);
        this.#form.addEventListener('input', () => this.#typed());
        this.#form.addEventListener('submit', (event) => {
            event.preventDefault();
            this.#save(0);
        });
        this.#form.addEventListener('keydown', (event) => this.#key(event));
        this.#form.addEventListener('focusout', (event) => {
            if (!this.#busy && event.currentTarget === this.#form &&
                document.hasFocus() &&
                !document.querySelector('dialog[open]')) {
                this.#save(0, { to: event.relatedTarget });
            }
        });
        this.#input = input;
        this.#begun = input.value;
        scroller.append(this.#form);
        this.#moves.observe(scroller);
        this.#moves.observe(document.getElementById('orders'));
    }

    #key(event) {
        if (this.#busy) {
            event.stopPropagation();
        } else if (event.key === 'Escape') {
            event.preventDefault();
            event.stopPropagation();
            this.#leave();
        } else if (event.key === 'Tab') {
            event.preventDefault();
            this.#save(event.shiftKey ? -1 : 1);
        } else if (event.key === 'Enter' && event.target.matches('select')) {
            event.preventDefault();
            this.#save(0);
        }
    }

    /* step: to the next field (1), the one before (-1), or back to the row.
     * left: {to: what has the focus now, or null}, and it stays there. */
    async #save(step, left = null) {
        const { id } = this.#seen;
        const { value, fault } = this.#read();

        if (this.#busy) {
            return;
        }
        if (fault) {
            this.#fail(new Problem(fault));
            this.#takeFocus(left?.to);
            return;
        }
        if (value !== typedName(this.#seen[this.#field])) {
            if (!await this.#send({ [this.#field]: value }, left !== null)) {
                return;
            }
            this.#begun = this.#input.value;
        }
        const next = NAMES[NAMES.indexOf(this.#field) + step];

        if (step && next && this.#grid.order(id)) {
            this.open(this.#grid.order(id), next);
        } else if (left) {
            this.#close();
        } else {
            this.#leave();
        }
    }

    /* {value}, or {fault}: why it is no number, or, isPlain, none that can
     * be. */
    #read() {
        const text = typedName(this.#input.value);
        const { value, fault } = FIELDS[this.#field].isNumber
            ? readNumber(text) : { value: text };
        const wrong = this.#field === 'quantity' && value !== undefined
            ? quantityFault(value, '0') : null;

        return wrong ? { fault: wrong, isPlain: true } : { value, fault };
    }

    /* What the order would be. */
    #typed() {
        const { value, fault, isPlain } = this.#read();

        this.#error.textContent = '';
        this.#input.removeAttribute('aria-invalid');
        this.#echo.textContent = DEAL.has(this.#field) && value !== undefined
            ? dealWords({ ...this.#seen, [this.#field]: value }) : '';
        if (isPlain) {
            this.#fail(new Problem(fault));
        }
    }

    /* Unless it has come to something else that takes keys. */
    #takeFocus(to) {
        if (!to || this.#form.contains(to)) {
            this.#input.focus();
        }
    }

    /* A price far from the last one is asked about, and a key is the answer:
     * leaving the cell is none. */
    async #warn({ price }, left) {
        if (price === undefined || (price === this.#warned && !left)) {
            return;
        }
        const words = await farPriceWords({ ...this.#seen, price });

        if (words) {
            this.#warned = price;
            throw new Problem(`${words}. Enter again if that is meant`);
        }
    }

    /* False where it is not written and the field stays. */
    async #send(changes, left) {
        this.#busy = true;
        this.#error.textContent = '';
        this.#form.setAttribute('aria-busy', 'true');
        this.#input.disabled = true;
        try {
            await this.#warn(changes, left);
            const change = await changeOrder(this.#seen, changes, (isOut) => {
                this.#echo.textContent = isOut ? 'Saving\u2026' : '';
            });

            this.#grid.show(change.order);
            say(savedWords(change));
            return true;
        } catch (error) {
            if (!(error instanceof Problem)) {
                throw error;
            }
            this.#fail(error);
            if (error.status === 401) {
                goToLogin();
            }
            return false;
        } finally {
            this.#busy = false;
            this.#form.removeAttribute('aria-busy');
            this.#input.disabled = false;
            if (this.#error.textContent && this.#form.hidden) {
                this.#lost();
            } else if (this.#error.textContent) {
                this.#takeFocus(left && !isFocusLost() ? document.activeElement
                    : null);
            }
        }
    }

    #fail(problem) {
        const text = [].concat(
            problem.fields[this.#field] ?? problem.words).join('; ');
        const isServers = problem.status > 0 && FIELDS[this.#field].isNumber;

        this.#error.textContent =
            `${sentence(isServers ? localWords(text) : text)}.`;
        this.#input.setAttribute('aria-invalid', 'true');
        this.#input.setAttribute('aria-describedby', this.#error.id);
    }

    #leave() {
        const id = this.#seen?.id;

        this.#close();
        this.#grid.focusRow(id);
    }

    #close() {
        const form = this.#form;

        this.#form = this.#input = this.#seen = null;
        this.#watched = null;
        this.#moves.disconnect();
        form?.remove();
        this.#grid.editing = false;
    }
}
