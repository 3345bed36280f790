/*
 * All open orders, of an instrument, of a side, or of what is searched and
 * filtered for: they are read, chosen and asked about as if each had been chosen
 * by hand.
 */
import { Problem, getAllRows, ignoreProblem } from '../lib/api.js';
import { openDialog, say, startDialog } from '../lib/dialogs.js';
import { at, button, plural } from '../lib/dom.js';
import { Form } from '../lib/form.js';

const OPEN = 'new,partially_filled';

export class CancelAll {
    #dialog = at('cancel-all');
    #all;
    #grid;
    #current;
    #choice;
    #actions;
    #form;

    /* all: where the orders are that there are; actions: OrderActions, which asks
     * and does it. */
    constructor({ all, grid, current, choice, actions }) {
        this.#all = all;
        this.#grid = grid;
        this.#current = current;
        this.#choice = choice;
        this.#actions = actions;
        this.#form = new Form(at('cancel-all-form'), {
            send: (values) => this.#read(values),
            done: (answer) => this.#ask(answer).catch(ignoreProblem),
            doing: () => 'Listing them\u2026',
            kept: () => null,
        });
        startDialog(this.#dialog);
        at('order-cancel-all').addEventListener('click', () => this.open());
    }

    open() {
        const isFiltered = Boolean(this.#grid.wanted?.isFiltered);
        const { elements } = this.#form;

        if (!this.#actions.mayCancel()) {
            return;
        }
        this.#form.reset();
        at('cancel-all-within').hidden = !isFiltered;
        elements.within.checked = isFiltered;
        elements.instrument.value = this.#current.order?.instrument ?? '';
        openDialog(this.#dialog);
        elements.instrument.focus();
        elements.instrument.select();
    }

    /* {orders, read}: all of them, the newest first, and how to read them again.
     * Throws a Problem. */
    async #read({ instrument, side, within }) {
        const [path, words] =
            (within === true ? this.#grid.wanted.list : this.#all).split('?');
        const query = new URLSearchParams(words);

        for (const [name, value] of Object.entries(
            { status__in: OPEN, instrument, side, ordering: '-id' })) {
            if (value) {
                query.append(name, value);
            }
        }
        const read = () => getAllRows(`${path}?${query}`);
        const orders = await read();

        if (!orders.length) {
            throw new Problem('No open order matches');
        }
        return { orders, read };
    }

    async #ask({ orders, read }) {
        this.#dialog.close();
        this.#choice.clear();
        this.#choice.set(orders, true);
        if (await this.#actions.cancel()) {
            await this.#tellMore(read);
        }
    }

    /* All there were are canceled, and others like them have come since. */
    async #tellMore(read) {
        const said = at('said');
        const words = said.textContent;
        const { length } = await read();

        if (length && said.textContent === words &&
            !said.classList.contains('is-error')) {
            said.append(` ${plural(length, 'more matching order')} ` +
                `${length === 1 ? 'is' : 'are'} open by now. `,
            button('List them', () => this.#again(read).catch(ignoreProblem),
                'placed-show'));
        }
    }

    async #again(read) {
        const orders = await read();

        if (orders.length) {
            await this.#ask({ orders, read });
        } else {
            say('No matching order is open any more.');
        }
    }
}
