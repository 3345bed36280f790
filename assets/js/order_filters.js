/*
 * The filters above everybody's orders, as arguments of the list.
 */
import { FilterForm, midnight } from './filter_form.js';

/* field of the form: [argument, value -> what is sent] */
const ARGUMENTS = {
    owner: ['owner__contains', String],
    instrument: ['instrument__contains', String],
    side: ['side', String],
    status: ['status', String],
    since: ['updated__gte', (day) => midnight(day)],
    until: ['updated__lte', (day) => midnight(day, 1, -1)],
};

export class OrderFilters {
    #form;
    #toggle;

    /* toggle: shows the form where there is no room for it. changed(): other
     * orders are meant. */
    constructor({ form, clear, toggle }, changed) {
        this.#toggle = toggle;
        this.#form = new FilterForm(form, clear, () => {
            this.#count();
            changed();
        });
        toggle.addEventListener('click', () => {
            toggle.setAttribute('aria-expanded', String(
                toggle.getAttribute('aria-expanded') !== 'true'));
        });
        this.#count();
    }

    get arguments() {
        return new URLSearchParams(this.#form.filled.map(([name, value]) => {
            const [argument, words] = ARGUMENTS[name];

            return [argument, words(value)];
        }));
    }

    #count() {
        const count = this.#form.filled.length;

        this.#toggle.textContent = count ? `Filters (${count})` : 'Filters';
    }
}
