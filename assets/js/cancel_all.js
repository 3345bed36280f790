/*
 * All open orders, of an instrument, of a side, or of what is searched and
 * filtered for: they are read, chosen and asked about as if each had been chosen
 * by hand.
 */
import { Problem, getJson, ignoreProblem } from './api.js';
import { openDialog, say, startDialog } from './dialogs.js';
import { at, button, plural } from './dom.js';
import { Form } from './form.js';
import { formatCount } from './format.js';

const AT_ONCE = 1000; /* what one question and one request may have */
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

    /* {orders, count, read}: the newest of so many, and how to read them again.
     * Throws a Problem. */
    async #read({ instrument, side, within }) {
        const more = Object.entries({ status__in: OPEN, instrument, side })
            .filter(([, value]) => value);
        const url = within === true ? this.#grid.wanted.url : this.#all;
        const read = () => readFirst(url, more);
        const { orders, count } = await read();

        if (!orders.length) {
            throw new Problem('No open order is like that');
        }
        return { orders, count, read };
    }

    async #ask({ orders, count, read }) {
        this.#dialog.close();
        this.#choice.clear();
        this.#choice.set(orders, true);
        if (await this.#actions.cancel(count > orders.length
            ? `There are ${formatCount(count)}: these are the newest ` +
                `${plural(orders.length, 'order')}, the others stay.` : '')) {
            await this.#tellMore(read);
        }
    }

    /* All there were are canceled, and others like them have come since. */
    async #tellMore(read) {
        const said = at('said');
        const words = said.textContent;
        const { count } = await read();

        if (count && said.textContent === words &&
            !said.classList.contains('is-error')) {
            said.append(` ${plural(count, 'order')} like that ` +
                `${count === 1 ? 'is' : 'are'} open by now. `,
            button('List them', () => this.#again(read).catch(ignoreProblem),
                'placed-show'));
        }
    }

    async #again(read) {
        const answer = await read();

        if (answer.orders.length) {
            await this.#ask({ ...answer, read });
        } else {
            say('No open order is like that any more.');
        }
    }
}

/* The first rows of what a page was read from, as a draw or a list, with further
 * arguments, which narrow it. */
async function readFirst(url, more) {
    const [path, words] = url.split('?');
    const query = new URLSearchParams(words);
    const asked = query.get('format') === 'datatables'
        ? { start: 0, length: AT_ONCE } : { page: 1, page_size: AT_ONCE };

    Object.entries(asked).forEach(([name, value]) => query.set(name, value));
    more.forEach(([name, value]) => query.append(name, value));
    const { data, recordsFiltered, results, count, error } =
        await getJson(`${path}?${query}`);

    if (error) {
        throw new Problem(error);
    }
    return { orders: data ?? results, count: recordsFiltered ?? count };
}
