/*
 * A form of filters: what is filled in goes into the address of the page, so
 * that it can be kept and sent on, and changed() is told when typing rests.
 */
const REST_MS = 250;

export class FilterForm {
    #form;
    #clear;
    #changed;
    #timer = 0;

    /* clear: the button that empties it. */
    constructor(form, clear, changed) {
        this.#form = form;
        this.#clear = clear;
        this.#changed = changed;
        for (const [name, value] of new URLSearchParams(location.search)) {
            const field = form.elements.namedItem(name);

            if (field) {
                field.value = value;
            }
        }
        form.addEventListener('input', () => this.#later());
        form.addEventListener('submit', (event) => {
            event.preventDefault();
            this.#now();
        });
        clear.addEventListener('click', () => this.#empty());
        this.#mark();
    }

    /* [name, value] of each field that holds something. */
    get filled() {
        return [...new FormData(this.#form)]
            .map(([name, value]) => [name, value.trim()])
            .filter(([, value]) => value !== '');
    }

    #empty() {
        const fields = [...this.#form.elements].filter(({ name }) => name);

        for (const field of fields) {
            field.value = '';
        }
        this.#now();
        fields[0].focus();
    }

    #later() {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.#now(), REST_MS);
    }

    #now() {
        const query = new URLSearchParams(this.filled).toString();

        clearTimeout(this.#timer);
        history.replaceState(null, '', query ? `?${query}` : location.pathname);
        this.#mark();
        this.#changed();
    }

    #mark() {
        this.#clear.disabled = !this.filled.length;
    }
}

/* The start of a day here, some days and milliseconds on, as the wire has it:
 * the last instant of a day belongs to it. */
export function midnight(day, days = 0, ms = 0) {
    const [year, month, date] = day.split('-').map(Number);
    const time = new Date(year, month - 1, date + days, 0, 0, 0, ms);

    return ms < 0
        ? time.toISOString().replace('999Z', '999999Z')
        : time.toISOString();
}
