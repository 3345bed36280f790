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
    #arguments;

    /* toggle: shows the form where there is no room for it. changed(): other
     * orders are meant. */
    constructor({ form, clear, toggle }, changed) {
        this.#toggle = toggle;
        this.#form = new FilterForm(form, clear, () => {
            this.#take();
            changed();
        }, () => this.#take());
        toggle.addEventListener('click', () => {
            toggle.setAttribute('aria-expanded', String(
                toggle.getAttribute('aria-expanded') !== 'true'));
        });
        this.#take();
    }

    /* As they were when typing last rested. */
    get arguments() {
        return new URLSearchParams(this.#arguments);
    }

    #take() {
        const { filled } = this.#form;
        const count = filled.length;

        this.#arguments = filled.map(([name, value]) => {
            const [argument, words] = ARGUMENTS[name];

            return [argument, words(value)];
        });
        this.#toggle.textContent = count ? `Filters (${count})` : 'Filters';
    }
}
