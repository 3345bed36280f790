/*
 * A form of filters: what is filled in goes into the address of the page, and
 * changed() is told when typing rests. Other filters begin at the first page.
 */
import { addressGet, addressPut, onAddress } from './address.js';
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
            if (this.#fields.some(({ type, value }) =>
                type === 'date' && value !== '')) {
                this.#changed();
            }
        });
        form.addEventListener('input', () => this.#later());
        form.addEventListener('submit', (event) => {
            event.preventDefault();
            this.#now();
        });
        clear.addEventListener('click', () => this.#empty());
        this.#read();
    }

    /* [name, value] of each field that holds something. */
    get filled() {
        return [...new FormData(this.#form)]
            .map(([name, value]) => [name, value.trim()])
            .filter(([, value]) => value !== '');
    }

    get #fields() {
        return [...this.#form.elements].filter(({ name }) => name);
    }

    #read() {
        for (const field of this.#fields) {
            field.value = addressGet(field.name);
        }
        this.#mark();
    }

    #empty() {
        for (const field of this.#fields) {
            field.value = '';
        }
        this.#now();
        this.#fields[0].focus();
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
        this.#clear.disabled = !this.filled.length;
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
