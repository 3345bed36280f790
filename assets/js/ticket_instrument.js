/*
 * The ticket's instrument: what is said of it, and its steps: the arrow keys go
 * up and down by them, ten at a time with Shift. A price off the tick is a fault
 * where orders are held to it, else a warning.
 */
import { isMultiple, stepDecimal } from './decimal.js';
import { at } from './dom.js';
import { formatDecimal } from './format.js';
import { readInstrument } from './instrument_reader.js';
import { instrumentOf } from './instruments.js';
import { readNumber, typedNumber } from './number_input.js';

const ARROWS = { ArrowUp: 1, ArrowDown: -1 };
const MANY = 10;
/* Field: what its steps are called. */
const STEPS = { price: 'tick', quantity: 'lot' };

export class TicketInstrument {
    #form;
    #read;

    /* read(): more is known than before. */
    constructor(form, read) {
        this.#form = form;
        this.#read = read;
        form.addEventListener('keydown', (event) => this.#pressed(event));
    }

    /* Looks it up, and tells of it. Throws a Problem. */
    async lookUp(symbol) {
        const before = instrumentOf(symbol);

        if (symbol && await readInstrument(symbol) !== before) {
            this.#read();
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
        const odd = offSteps(instrument, values, now).map(([field, words]) =>
            `the ${field} ${words.replace('must be', 'is not')}`);

        if (!instrument.active && now?.instrument !== values.instrument) {
            odd.unshift('the instrument is not active');
        }
        return odd.length ? odd.join('; ') : null;
    }

    show(symbol) {
        const instrument = instrumentOf(symbol);

        at('ticket-facts').textContent = instrument ? factsOf(instrument) : '';
    }

    #pressed(event) {
        const { target, key, shiftKey } = event;
        const step = this.#stepOf(target);

        if (!ARROWS[key] || !step || target.readOnly || event.altKey ||
            event.ctrlKey || event.metaKey) {
            return;
        }
        event.preventDefault();
        const next = this.#next(target, step,
            ARROWS[key] * (shiftKey ? MANY : 1));

        if (next !== null) {
            target.value = typedNumber(next);
            target.dispatchEvent(new Event('input', { bubbles: true }));
        }
    }

    #stepOf({ name }) {
        const symbol = this.#form.elements.namedItem('instrument').value.trim();

        return STEPS[name] ? instrumentOf(symbol)?.[STEPS[name]] ?? null : null;
    }

    /* null: it stays as it is. */
    #next(field, step, count) {
        const isQuantity = field.name === 'quantity';
        const typed = field.value.trim();
        const { value } = typed ? readNumber(typed)
            : { value: isQuantity ? '0' : undefined };
        const next = value === undefined ? null
            : stepDecimal(value, step, count);

        return isQuantity && !(Number(next) > 0) ? null : next;
    }
}

/* [field, words] of each number that is off its steps, and is not as it was. */
function offSteps(instrument, values, now) {
    const isOther = now?.instrument !== values.instrument;

    return Object.entries(STEPS).filter(([field, step]) =>
        (isOther || now[field] !== values[field]) &&
        !isMultiple(values[field], instrument[step]))
        .map(([field, step]) => [field, `must be a multiple of the ${step}, ` +
            formatDecimal(instrument[step])]);
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
