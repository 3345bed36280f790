/*
 * Where a user sets what new tickets begin with, over the ticket, and takes it
 * back.
 */
import { compareDecimals } from '../lib/decimal.js';
import { openDialog, refocus, say, startDialog } from '../lib/dialogs.js';
import { at, button, element } from '../lib/dom.js';
import { Form } from '../lib/form.js';
import { formatDecimal, sideWord } from '../lib/format.js';
import { isolated, typedName } from '../lib/names.js';

const NUMBERS = ['quantity', 'price_step', 'quantity_step'];
const EVERY = 'Every instrument';

export class DefaultsForm {
    #dialog = at('defaults');
    #defaults;
    #form;

    /* defaults: TicketDefaults; typed(): {instrument, side, quantity} as the
     * ticket has them. */
    constructor(defaults, typed) {
        const form = at('defaults-form');

        this.#defaults = defaults;
        this.#form = new Form(form, {
            check,
            send: ({ instrument, ...values }) => this.#save(instrument, values),
            done: () => {},
            doing: () => 'Saving\u2026',
            kept: () => null,
        });
        form.elements.instrument.addEventListener('input', () =>
            this.#follow(typedName(form.elements.instrument.value)));
        startDialog(this.#dialog);
        at('defaults-open').addEventListener('click', () => this.#open(typed()));
        defaults.onChange(() => this.#list());
    }

    /* What is set for the ticket's instrument, or else what is typed there. */
    #open({ instrument, side, quantity }) {
        const own = this.#defaults.own(instrument);
        const isSet = Object.keys(own).length > 0;

        this.#form.reset();
        this.#form.fill({
            instrument, ...isSet ? own : { side, quantity },
        });
        this.#list();
        say('', false, this.#dialog);
        openDialog(this.#dialog);
        this.#defaults.read();
    }

    /* What nobody has typed is as it is set for that one. */
    #follow(symbol) {
        const { side = '', quantity, price_step, quantity_step } =
            this.#defaults.own(symbol);

        this.#form.follow({ side, quantity, price_step, quantity_step });
    }

    async #save(symbol, values) {
        await this.#defaults.save(symbol, values);
        this.#form.settle();
        say(`${Object.values(values).some(Boolean) ? 'Saved' : 'Removed'}: ` +
            `${nameOf(symbol)}.`, false, this.#dialog);
    }

    #edit(symbol) {
        this.#form.reset();
        this.#form.fill({ instrument: symbol, ...this.#defaults.own(symbol) });
        this.#form.elements.quantity.focus();
    }

    async #remove(symbol) {
        this.#form.clear();
        try {
            await this.#defaults.save(symbol, {});
        } catch (error) {
            this.#form.failed(error);
            return;
        }
        if (typedName(this.#form.elements.instrument.value) === symbol) {
            this.#form.reset();
            this.#form.fill({ instrument: symbol });
        }
        say(`Removed: ${nameOf(symbol)}.`, false, this.#dialog);
        refocus(this.#dialog);
    }

    #list() {
        const { all } = this.#defaults;

        at('defaults-none').hidden = all.length > 0;
        at('defaults-list').replaceChildren(...all.map(([symbol, values]) => {
            const item = element('li');
            const name = button(nameOf(symbol), () => this.#edit(symbol),
                'quiet');
            const remove = button('Remove', () => this.#remove(symbol));

            name.title = 'Change it';
            remove.setAttribute('aria-label', `Remove: ${nameOf(symbol)}`);
            item.append(name,
                element('span', { class: 'second' }, wordsOf(values)), remove);
            return item;
        }));
    }
}

const nameOf = (symbol) => symbol === '' ? EVERY : isolated(symbol);

/* "Buy \u00b7 quantity 100 \u00b7 price step 0.25" */
function wordsOf({ side, ...numbers }) {
    const words = NUMBERS.filter((name) => numbers[name]).map((name) =>
        `${name.replace('_', ' ')} ${formatDecimal(numbers[name])}`);

    return [...side ? [sideWord(side)] : [], ...words].join(' \u00b7 ');
}

function check(values) {
    return Object.fromEntries(NUMBERS.filter((name) => values[name] === '0' ||
        compareDecimals(values[name], '0') < 0)
        .map((name) => [name, ['must be greater than 0']]));
}
