/*
 * The filters above everybody's orders: as arguments of the list, and in the
 * address of the page, so that a filtered page can be kept and sent on.
 */
const REST_MS = 250;

/* field of the form: [argument, value -> what is sent] */
const ARGUMENTS = {
    owner: ['owner__contains', String],
    instrument: ['instrument__contains', String],
    side: ['side', String],
    status: ['status', String],
    since: ['updated__gte', (day) => midnight(day, 0)],
    until: ['updated__lte', (day) => midnight(day, 1, -1)],
};

export class OrderFilters {
    #form;
    #clear;
    #toggle;
    #changed;
    #timer = 0;

    /* toggle: shows the form where there is no room for it. */
    constructor({ form, clear, toggle }) {
        this.#form = form;
        this.#clear = clear;
        this.#toggle = toggle;
        toggle.addEventListener('click', () => {
            toggle.setAttribute('aria-expanded', String(
                toggle.getAttribute('aria-expanded') !== 'true'));
        });
        for (const [name, value] of new URLSearchParams(location.search)) {
            if (name in ARGUMENTS) {
                form.elements.namedItem(name).value = value;
            }
        }
        form.addEventListener('input', () => this.#later());
        form.addEventListener('submit', (event) => {
            event.preventDefault();
            this.#now();
        });
        clear.addEventListener('click', () => {
            form.reset();
            for (const field of form.elements) {
                if (field.name) {
                    field.value = '';
                }
            }
            this.#now();
            form.elements.owner.focus();
        });
        this.#mark();
    }

    /* changed(): other orders are meant. */
    start(changed) {
        this.#changed = changed;
    }

    get arguments() {
        const query = new URLSearchParams();

        for (const [name, value] of this.#filled()) {
            const [argument, words] = ARGUMENTS[name];

            query.set(argument, words(value));
        }
        return query;
    }

    #filled() {
        return [...new FormData(this.#form)]
            .map(([name, value]) => [name, value.trim()])
            .filter(([, value]) => value !== '');
    }

    #later() {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.#now(), REST_MS);
    }

    #now() {
        const query = new URLSearchParams(this.#filled()).toString();

        clearTimeout(this.#timer);
        history.replaceState(null, '', query ? `?${query}` : location.pathname);
        this.#mark();
        this.#changed();
    }

    #mark() {
        const count = this.#filled().length;

        this.#clear.disabled = !count;
        this.#toggle.textContent = count ? `Filters (${count})` : 'Filters';
    }
}

/* The start of a day here, some days and milliseconds on, as the wire has it:
 * the last instant of a day belongs to it. */
function midnight(day, days, ms = 0) {
    const [year, month, date] = day.split('-').map(Number);
    const time = new Date(year, month - 1, date + days, 0, 0, 0, ms);

    return ms < 0
        ? time.toISOString().replace('999Z', '999999Z')
        : time.toISOString();
}
