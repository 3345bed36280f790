/*
 * A form of filters: what is filled in goes into the address of the page, and
 * changed() is told when typing rests. Other filters begin at the first page.
 * Of boxes of one name those that are checked count; a number is written as it
 * is here, and one that can't be read filters nothing.
 */
import { addressGet, addressPut, onAddress } from './address.js';
import { readNumber, typedNumber } from './number_input.js';
import { dayStart, onClock } from './times.js';

const REST_MS = 250;

export class FilterForm {
    #form;
    #clear;
    #changed;
    #timer = 0;

    /* clear: the button that empties it; moved(): the address is another, by
     * Back or Forward. */
    constructor(form, clear, changed, moved = changed) {
        this.#form = form;
        this.#clear = clear;
        this.#changed = changed;
        onAddress(() => {
            clearTimeout(this.#timer);
            this.#read();
            moved();
        });
        /* A day is another one in another zone. */
        onClock(() => {
            if (this.#fields.some(({ type, name, value }) =>
                (type === 'date' || name === 'day') && value !== '')) {
                this.#changed();
            }
        });
        form.addEventListener('input', () => this.#later());
        form.addEventListener('submit', (event) => {
            event.preventDefault();
            this.#now();
        });
        /* Back to where single keys mean actions, with what is filled in. A
         * search is cleared by the browser. */
        form.addEventListener('keydown', (event) => {
            if (event.key === 'Escape' && !event.defaultPrevented &&
                event.target.matches('input:not([type="search"]), select')) {
                event.preventDefault();
                event.target.blur();
            }
        });
        clear.addEventListener('click', () => {
            this.empty();
            this.#fields[0].focus();
        });
        this.#read();
    }

    /* [name, value] of all that is filled in; of several boxes it has commas. */
    get filled() {
        const filled = new Map();

        for (const field of this.#fields) {
            const value = valueOf(field);

            if (value !== '') {
                filled.set(field.name, [filled.get(field.name), value]
                    .filter((one) => one !== undefined).join());
            }
        }
        return [...filled];
    }

    empty() {
        for (const field of this.#fields) {
            put(field, '');
        }
        this.#now();
    }

    get #fields() {
        return [...this.#form.elements].filter(({ name }) => name);
    }

    #read() {
        for (const field of this.#fields) {
            put(field, addressGet(field.name));
        }
        this.#mark();
    }

    #later() {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.#now(), REST_MS);
    }

    #now() {
        const none = this.#fields.map(({ name }) => [name, '']);

        clearTimeout(this.#timer);
        addressPut({ ...Object.fromEntries([...none, ...this.filled]),
            page: '', rows: '' },
            this.#form.id);
        this.#mark();
        this.#changed();
    }

    #mark() {
        const faults = this.#fields.map((field) => [field, faultOf(field)]);
        const said = this.#form.querySelector('.filters-fault');

        this.#clear.disabled = !this.filled.length;
        for (const [field, fault] of faults) {
            if (fault) {
                field.setAttribute('aria-invalid', 'true');
            } else {
                field.removeAttribute('aria-invalid');
            }
        }
        if (said) {
            const [field, fault] = faults.find(([, one]) => one) ?? [];

            said.textContent = fault
                ? `${field.getAttribute('aria-label')}: ${fault}` : '';
        }
    }
}

const isNumber = (field) => field.matches('.number');

function valueOf(field) {
    const text = field.type === 'checkbox' && !field.checked ? ''
        : field.value.trim();

    return isNumber(field) && text ? readNumber(text).value ?? '' : text;
}

function faultOf(field) {
    const text = field.value.trim();

    return isNumber(field) && text ? readNumber(text).fault : undefined;
}

/* value: as the address has it. */
function put(field, value) {
    if (field.type === 'checkbox') {
        field.checked = value.split(',').includes(field.value);
    } else {
        field.value = isNumber(field) ? typedNumber(value) : value;
    }
}

/* The start of a day of the zone that times are shown in, some days and milliseconds on, as the wire has it:
 * the last instant of a day belongs to it. */
export function midnight(day, days = 0, ms = 0) {
    const [year, month, date] = day.split('-').map(Number);
    const time = new Date(dayStart(year, month, date + days) + ms);

    return ms < 0
        ? time.toISOString().replace('999Z', '999999Z')
        : time.toISOString();
}
