/*
 * The ticket's instrument: what is said of it, and its steps, or those that the
 * user has set, for the arrow keys. A price off the tick is a fault where orders
 * are held to it, else a warning. Of one that is not known it is said which it
 * may be meant to be.
 */
import { at, button } from '../lib/dom.js';
import { formatDecimal } from '../lib/format.js';
import { readInstrument } from '../orders/instrument_reader.js';
import { instrumentOf } from '../orders/instruments.js';
import { strangerOf } from '../orders/known_instrument.js';
import { nameNode, typedName } from '../lib/names.js';
import { isInParts } from '../lib/number_input.js';
import { stepByKey } from './number_steps.js';
import { STEPS, oddSteps, offSteps } from '../orders/order_rules.js';

const WHOLE = ['quantity', 'filled_quantity'];

export class TicketInstrument {
    #form;
    #defaults;
    #read;
    #stranger = null; /* {symbol, likes} */
    #shown = ''; /* what is said, of what */

    /* defaults: TicketDefaults; read(): more is known than before. */
    constructor(form, defaults, read) {
        this.#form = form;
        this.#defaults = defaults;
        this.#read = read;
        form.addEventListener('keydown', (event) => this.#pressed(event));
    }

    /* Looks it up, and tells of it; isOther: it is not that of the order, which
     * may be a slip. Throws a Problem. */
    async lookUp({ instrument: symbol, owner, isOther }) {
        const before = instrumentOf(symbol);

        if (!symbol) {
            return;
        }
        if (await readInstrument(symbol) !== before) {
            this.#read();
        }
        const stranger = isOther ? await strangerOf(symbol, owner) : null;

        if (this.#symbol === symbol) {
            this.#stranger = stranger && { symbol, ...stranger };
            this.show();
        }
    }

    /* {field: [what the server would refuse]}; now: the order that is changed,
     * which may stay as it is, or null. */
    faults(values, now) {
        const instrument = instrumentOf(values.instrument);

        if (!instrument?.strict) {
            return {};
        }
        const isClosed = !instrument.active &&
            now?.instrument !== values.instrument;

        return {
            ...Object.fromEntries(offSteps(instrument, values, now)
                .map(([field, words]) => [field, [words]])),
            ...isClosed && {
                instrument: ['is not active: no new orders'],
            },
        };
    }

    /* What is odd but taken, or null. */
    warning(values, now) {
        const instrument = instrumentOf(values.instrument);

        if (!instrument || instrument.strict) {
            return null;
        }
        const odd = oddSteps(instrument, values, now);

        if (!instrument.active && now?.instrument !== values.instrument) {
            odd.unshift('the instrument is not active');
        }
        return odd.length ? odd.join('; ') : null;
    }

    show() {
        const symbol = this.#symbol;
        const instrument = instrumentOf(symbol);
        const likes = !instrument && this.#stranger?.symbol === symbol
            ? this.#stranger.likes : null;
        const shown = JSON.stringify(likes ?? instrument);

        for (const name of WHOLE) {
            this.#form.elements[name].dataset.whole =
                isInParts(instrument?.lot) ? 'no' : 'yes';
        }
        if (this.#shown !== shown) {
            this.#shown = shown;
            at('ticket-facts').replaceChildren(...likes ? this.#asks(likes)
                : [instrument ? factsOf(instrument) : '']);
        }
    }

    #asks(likes) {
        return likes.length ? ['Not known: did you mean ', ...likes.flatMap(
            (name, index) => [index ? ' or ' : '', this.#like(name)]), '?']
            : ['Not known'];
    }

    /* To be taken instead. */
    #like(name) {
        const field = this.#form.elements.instrument;
        const like = button('', () => {
            field.value = name;
            field.dispatchEvent(new Event('input', { bubbles: true }));
            field.focus();
        }, 'like');

        like.append(nameNode('', name));
        return like;
    }

    get #symbol() {
        return typedName(this.#form.elements.instrument.value);
    }

    #pressed(event) {
        const { target } = event;

        stepByKey(event, this.#stepOf(target), target.name === 'quantity');
    }

    #stepOf({ name }) {
        const usual = instrumentOf(this.#symbol)?.[STEPS[name]] ?? null;

        return STEPS[name] ? this.#defaults.step(this.#symbol, name, usual)
            : null;
    }
}

function factsOf({ name, currency, tick, lot, multiplier, active }) {
    return [
        name, currency,
        tick && `tick ${formatDecimal(tick)}`,
        lot && `lot ${formatDecimal(lot)}`,
        multiplier !== '1' && `\u00d7 ${formatDecimal(multiplier)}`,
        !active && 'not active',
    ].filter(Boolean).join(' \u00b7 ');
}
