/*
 * Changing one cell in place. The field lies over the cell, not in it, so that
 * a row that changes or a page that is read again meanwhile does not end what
 * is being typed. Enter or its Save button writes, and nothing else does; Esc or
 * Discard leaves all as it was. Who goes elsewhere with something typed finds it
 * there still, not written, and no other cell is opened before that is settled.
 * Tab goes on to the next field as long as nothing is typed.
 */
import { Problem, goToLogin, ignoreProblem } from '../lib/api.js';
import { Asked, ignoreHeld } from '../lib/asked.js';
import { lateLook, lookAtDeal } from '../actions/deal_guard.js';
import { stepByKey } from '../actions/number_steps.js';
import { TicketDefaults } from '../actions/ticket_defaults.js';
import { say } from '../lib/dialogs.js';
import { button, element, isFocusLost } from '../lib/dom.js';
import { afterwardsOf, sentence } from '../lib/form.js';
import { localWords } from '../lib/format.js';
import { readInstrument } from '../orders/instrument_reader.js';
import { instrumentOf } from '../orders/instruments.js';
import { keeps } from '../lib/kept.js';
import { isolated, typedName } from '../lib/names.js';
import { isInParts, readField, typedIn } from '../lib/number_input.js';
import { changeOrder, savedWords } from '../actions/order_change.js';
import { STEPS } from '../orders/order_rules.js';
import { fillFault, newsOf, quantityFault } from '../orders/order_state.js';
import { dealWords, orderWords } from '../orders/order_words.js';
import { Before, underWay } from '../lib/under_way.js';

const STATUSES = [
    'new', 'partially_filled', 'filled', 'canceled', 'rejected', 'expired',
];

/* What of each column can be changed, and how. */
const FIELDS = {
    owner: { words: 'Owner' },
    instrument: { words: 'Instrument' },
    side: { words: 'Side', choices: ['buy', 'sell'] },
    quantity: { words: 'Quantity', isNumber: true, isWhole: true },
    price: { words: 'Price', isNumber: true },
    filled_quantity: { words: 'Filled', isNumber: true, isWhole: true },
    status: { words: 'Status', choices: STATUSES },
};
const NAMES = Object.keys(FIELDS);
/* Those that the owner of an order may change. */
const OWN_NAMES = ['instrument', 'side', 'quantity', 'price'];

/* What is a part of the deal. */
const DEAL = new Set(['side', 'instrument', 'quantity', 'price']);

const UNSAVED = 'Not saved yet. Save or discard it.';

export class CellEditor {
    #grid;
    #defaults = new TicketDefaults();
    #everybody;
    #names; /* of the fields that can be edited */
    #form = null;
    #input = null;
    #error = null;
    #echo = null;
    #more = null; /* what stands below the field */
    #seen = null;
    #field = null;
    #busy = false;
    #isLeft = false; /* before anything was sent */
    #asked = new Asked(); /* about a price */
    #before = new Before();
    #begun = ''; /* what the field holds until somebody types */
    #isTyped = false;
    #afterwards = null; /* see Form */
    /* The cell, the table and what it lies in: a column may move or go. */
    #watched = null;
    #moves = new ResizeObserver(() => this.place());

    /* everybody: all users' orders, with all of their fields. */
    constructor(grid, { everybody }) {
        this.#grid = grid;
        this.#everybody = everybody;
        this.#names = everybody ? NAMES : OWN_NAMES;
        keeps(() => this.#form && this.#input.value !== this.#begun
            ? {
                name: 'cell', words: this.#unsavedWords(),
                state: 'Your login had ended before this was saved: ' +
                    `${this.#unsavedWords()}.`,
            } : null);
    }

    /* field: the quantity where that can't be edited, or is null. True where a
     * cell is edited then, be it the one before, with what was typed there. */
    open(order, field) {
        const name = this.#names.includes(field) ? field : 'quantity';

        if (this.#busy) {
            return true;
        }
        if (this.#isAltered) {
            this.#remind();
            this.#input.focus();
            return true;
        }
        if (this.#seen?.id !== order.id) {
            this.#defaults.read();
        }
        this.#close();
        if (!this.#grid.cell(order.id, name)) {
            return false;
        }
        this.#seen = order;
        this.#field = name;
        this.#isTyped = false;
        this.#asked = new Asked();
        this.#grid.editing = true;
        this.#build();
        this.place();
        this.#input.focus();
        this.#input.select?.();
        return true;
    }

    /* The server is there, or there again. */
    reached() {
        if (this.#form && this.#afterwards !== null) {
            this.#error.textContent = this.#afterwards;
            this.#afterwards = null;
            this.place();
        }
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
        this.#follow();
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
        this.#tellEcho();
        this.#standMore(inside, cell.getBoundingClientRect());
    }

    /* As long as nobody has typed, it is what the order has now; what is typed
     * next replaces it. */
    #follow() {
        const now = this.#textOf(this.#now);

        if (!this.#isTyped && !this.#busy && now !== this.#begun) {
            this.#begin(now);
            if (this.#input === document.activeElement) {
                this.#input.select?.();
            }
        }
    }

    #begin(text) {
        this.#input.value = text;
        this.#begun = this.#input.value;
    }

    /* What the field of an order holds at first. */
    #textOf({ [this.#field]: value }) {
        return FIELDS[this.#field].isNumber ? typedIn(this.#input, value)
            : value ?? '';
    }

    /* Above the cell where there is no room below it, and within the grid. */
    #standMore(inside, { top, bottom }) {
        const { width, height } = this.#more.getBoundingClientRect();
        const own = this.#form.getBoundingClientRect();
        const start = FIELDS[this.#field].isNumber ? own.width - width : 0;
        const right = inside.left + this.#form.parentElement.clientWidth;
        const most = Math.min(start, right - own.left - width);

        this.#more.style.left =
            `${Math.max(most, inside.left - own.left)}px`;
        this.#form.classList.toggle('is-above',
            inside.bottom - bottom < height &&
            top - inside.top > inside.bottom - bottom);
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

    /* The order as the grid has it. */
    get #now() {
        return this.#grid.order(this.#seen.id) ?? this.#seen;
    }

    get #isAltered() {
        return this.#form !== null && this.#input.value !== this.#begun;
    }

    /* It is not forgotten: beside it, unless a fault stands there. */
    #remind() {
        const { fault } = this.#read();

        if (fault) {
            this.#fail(new Problem(fault));
        } else if (!this.#error.textContent) {
            this.#error.textContent = UNSAVED;
        }
        this.place();
    }

    /* Where it was changed. */
    #tellUnsaved(more = '') {
        const fault = this.#error.textContent.replace(UNSAVED, '');

        if (this.#isAltered) {
            say(`Not saved: ${this.#unsavedWords()}${more}. ${fault}`.trim(),
                true);
        }
    }

    #unsavedWords() {
        return `${FIELDS[this.#field].words.toLowerCase()} ` +
            `\u201c${isolated(this.#input.value)}\u201d of ` +
            orderWords(this.#seen);
    }

    #build() {
        const { words, choices, isNumber, isWhole } = FIELDS[this.#field];
        const scroller = document.getElementById('orders').parentElement;
        const input = element(choices ? 'select' : 'input',
            { class: isNumber ? 'number' : '' });

        for (const choice of choices ?? []) {
            const option = element('option', {}, choice.replaceAll('_', ' '));

            option.value = choice;
            input.append(option);
        }
        this.#input = input;
        if (isWhole) {
            input.dataset.whole = 'yes';
        }
        this.#begin(this.#textOf(this.#seen));
        if (isNumber) {
            this.#lookUp(input);
        }
        input.setAttribute('aria-label', `${words} of order ${this.#seen.id}`);
        if (!choices) {
            input.autocomplete = 'off';
            input.spellcheck = false;
            input.inputMode = isNumber ? 'decimal' : 'text';
        }
        this.#error = element('p', { class: 'cell-error' });
        this.#error.id = 'cell-error';
        this.#error.setAttribute('role', 'alert');
        this.#echo = element('output', { class: 'cell-echo' });
        this.#more = element('div', { class: 'cell-more' });
        this.#more.append(this.#echo, this.#error, this.#buttons());
        this.#form = element('form', { class: 'cell-editor' });
        this.#form.noValidate = true;
        this.#form.tabIndex = -1;
        this.#form.append(input, this.#more);
        this.#form.addEventListener('input', () => {
            this.#isTyped = true;
            this.#typed();
        });
        this.#form.addEventListener('submit', (event) => {
            event.preventDefault();
            this.#save();
        });
        ignoreHeld(this.#form);
        this.#form.addEventListener('keydown', (event) => this.#key(event));
        this.#form.addEventListener('focusout', (event) => {
            if (event.currentTarget === this.#form &&
                !this.#form.contains(event.relatedTarget)) {
                this.#left();
            }
        });
        scroller.append(this.#form);
        this.#moves.observe(scroller);
        this.#moves.observe(document.getElementById('orders'));
    }

    /* Its steps; a quantity is whole until more is known of the instrument. */
    async #lookUp(input) {
        try {
            const instrument = await readInstrument(this.#seen.instrument);

            if (input.dataset.whole && isInParts(instrument?.lot) &&
                this.#input === input) {
                input.dataset.whole = 'no';
                this.#typed();
            }
        } catch (error) {
            ignoreProblem(error);
        }
    }

    #buttons() {
        const buttons = element('div', { class: 'cell-buttons' });
        const save = element('button', { class: 'primary' }, 'Save');

        save.type = 'submit';
        save.title = 'Enter';
        const discard = button('Discard', () => this.#discard());

        discard.title = 'Esc';
        buttons.append(save, discard);
        return buttons;
    }

    #key(event) {
        if (event.key === 'Escape') {
            event.preventDefault();
            event.stopPropagation();
            this.#discard();
        } else if (this.#busy) {
            event.stopPropagation();
        } else if (event.key === 'Tab' && !this.#isAltered) {
            event.preventDefault();
            this.#goOn(event.shiftKey ? -1 : 1);
        } else if (event.key === 'Enter' && !event.repeat &&
            event.target.matches('select')) {
            event.preventDefault();
            this.#save();
        } else if (event.target === this.#input) {
            stepByKey(event, this.#step, this.#field === 'quantity');
        }
    }

    /* Of the arrow keys: as in the ticket; null: none. */
    get #step() {
        const symbol = this.#seen.instrument;
        const step = STEPS[this.#field];

        return step ? this.#defaults.step(
            symbol, this.#field, instrumentOf(symbol)?.[step] ?? null) : null;
    }

    /* Nothing is written then, unless it is on its way already. */
    #discard() {
        if (this.#before.stop()) {
            this.#isLeft = true;
        } else if (this.#busy) {
            this.#error.textContent = `Order ${this.#seen.id} is being ` +
                'changed. It is too late to discard that: wait for the answer.';
            this.place();
        } else {
            this.#leave();
        }
    }

    /* The focus has gone elsewhere. */
    #left() {
        if (this.#busy || !document.hasFocus()) {
            return;
        }
        if (this.#isAltered) {
            this.#remind();
        } else if (!document.querySelector('dialog[open]')) {
            this.#close();
        }
    }

    /* To the next field (1) or the one before (-1), or back to the row. */
    #goOn(step) {
        const order = this.#grid.order(this.#seen.id);
        const names = this.#shown();
        const next = names[names.indexOf(this.#field) + step];

        if (next && order) {
            this.open(order, next);
        } else {
            this.#leave();
        }
    }

    /* The fields that have a cell, from the left. */
    #shown() {
        const cells = new Map(this.#names.map((name) =>
            [name, this.#grid.cell(this.#seen.id, name)]));

        return this.#names.filter((name) => cells.get(name)).sort((a, b) =>
            cells.get(a).cellIndex - cells.get(b).cellIndex);
    }

    async #save() {
        const { value, fault } = this.#read();

        if (this.#busy) {
            return;
        }
        if (fault) {
            this.#fail(new Problem(fault));
            this.#input.focus();
            return;
        }
        if (!this.#isTyped || value === typedName(this.#now[this.#field]) ||
            await this.#send({ [this.#field]: value })) {
            this.#leave();
        }
    }

    /* {value}, or {fault}: why it is no number, or, isPlain, none that can
     * be. */
    #read() {
        const { value, fault } = FIELDS[this.#field].isNumber
            ? readField(this.#input)
            : { value: typedName(this.#input.value) };
        const wrong = this.#field === 'quantity' && value !== undefined
            ? quantityFault(value, '0') : null;

        return wrong ? { fault: wrong, isPlain: true } : { value, fault };
    }

    #typed() {
        const { fault, isPlain } = this.#read();

        this.#error.textContent = '';
        this.#afterwards = null;
        this.#input.removeAttribute('aria-invalid');
        if (isPlain) {
            this.#fail(new Problem(fault));
        }
        this.place();
    }

    /* What would be changed, and what the order would be then. */
    #tellEcho() {
        const now = this.#now;
        const { value } = this.#read();
        const changes = { [this.#field]: value };
        const news = value === undefined || !this.#isAltered ? ''
            : newsOf(now, { ...now, ...changes }, new Set([this.#field]));

        this.#form.classList.toggle('is-altered', this.#isAltered);
        if (!this.#busy) {
            this.#echo.textContent = news && (DEAL.has(this.#field)
                ? `${news}: ${dealWords({ ...now, ...changes })}` : news);
        }
    }

    /* An odd deal is asked about; so is one that could not be checked, which each
     * press tries again. */
    async #warn(changes) {
        const pressedAt = performance.now();
        const aboutIt = (isRead) => JSON.stringify([changes, isRead]);
        const isOther = changes.instrument !== undefined;
        const fault = changes.status === undefined ? null
            : fillFault({ ...this.#now, ...changes });
        const { instrument, price, quantity } =
            isOther ? { ...this.#seen, ...changes }
                : { ...changes, instrument: this.#seen.instrument };
        const owner = this.#everybody ? changes.owner ?? this.#seen.owner : '';

        if (((price ?? quantity) === undefined && !fault) ||
            this.#asked.isAnswered(aboutIt(true), pressedAt)) {
            return;
        }
        const { words, isRead } = fault ? { words: fault, isRead: true }
            : await this.#looking(
                { instrument, owner, price, quantity, isOther });

        if (words && !this.#asked.isAnswered(aboutIt(isRead), pressedAt)) {
            this.#asked.ask(aboutIt(isRead));
            throw new Problem(`${words}. Save again to confirm`);
        }
    }

    /* As lookAtDeal(). */
    #looking(deal) {
        return underWay(() => this.#before.wait(
            lookAtDeal(deal), () => lateLook(deal)),
            (isUnderWay) => {
                if (isUnderWay) {
                    this.#echo.textContent = 'Not sent yet, checking\u2026';
                    this.place();
                }
            });
    }

    /* False where it is not written and the field stays. */
    async #send(changes) {
        this.#busy = true;
        this.#isLeft = false;
        this.#error.textContent = '';
        this.#form.setAttribute('aria-busy', 'true');
        if (this.#input === document.activeElement) {
            this.#form.focus(); /* which hears of Esc still */
        }
        this.#input.disabled = true;
        try {
            await this.#warn(changes);
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
            if (this.#isLeft) {
                return true;
            }
            if (error.now) {
                this.#grid.show(error.now);
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
            this.#settle();
        }
    }

    /* Where it was not written, the fault is in view. */
    #settle() {
        if (!this.#error.textContent) {
            return;
        }
        this.place();
        if (this.#form === null) {
            return; /* its row is shown no more, and that was said */
        }
        if (isFocusLost() || document.activeElement === this.#form) {
            this.#input.focus();
        }
        this.#error.scrollIntoView({ block: 'nearest' });
    }

    #fail(problem) {
        const text = [].concat(
            problem.fields[this.#field] ?? problem.words).join('; ');
        const isServers = problem.status > 0 && FIELDS[this.#field].isNumber;

        this.#error.textContent =
            `${sentence(isServers ? localWords(text) : text)}.`;
        this.#afterwards = afterwardsOf(problem);
        this.#input.setAttribute('aria-invalid', 'true');
        this.#input.setAttribute('aria-describedby', this.#error.id);
    }

    #leave() {
        const id = this.#seen?.id;
        const hadFocus = isFocusLost() ||
            this.#form?.contains(document.activeElement);

        this.#close();
        if (hadFocus) {
            this.#grid.focusRow(id);
        }
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
