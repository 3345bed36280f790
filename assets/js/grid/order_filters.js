/*
 * The filters of a grid of orders, as arguments of the list. Those of a day go
 * by the zone that times are shown in, and by the day that it is there.
 */
import { addressGet } from '../lib/address.js';
import { FilterForm, midnight } from '../lib/filter_form.js';
import { startMenu } from '../lib/menu.js';
import { settingGet, settingPut } from '../lib/settings.js';
import { onMidnight, today } from '../lib/times.js';

const from = (day) => midnight(day);
const to = (day) => midnight(day, 1, -1);

/* So many days ago was the first, and the last, of what is meant. */
const DAYS = { today: [0, 0], yesterday: [1, 1], week: [6, 0] };

/* Of no account where a day is named. */
const WITHIN = ['since', 'until'];

/* field of the form: [argument, value -> what is sent]. A layout keeps it by its
 * argument, as it is in the form. */
const FILTERS = {
    order: ['id', String],
    owner: ['owner__contains', String],
    instrument: ['instrument__contains', String],
    side: ['side', String],
    status: ['status__in', String],
    quantity_from: ['quantity__gte', String],
    quantity_to: ['quantity__lte', String],
    price_from: ['price__gte', String],
    price_to: ['price__lte', String],
    filled_from: ['filled_quantity__gte', String],
    filled_to: ['filled_quantity__lte', String],
    client: ['client_order_id__contains', String],
    day: ['updated', null],
    since: ['updated__gte', from],
    until: ['updated__lte', to],
    created_since: ['created__gte', from],
    created_until: ['created__lte', to],
};

export const FILTER_NAMES = Object.keys(FILTERS);
export const OWN_FILTER_NAMES = FILTER_NAMES.filter((name) => name !== 'owner');

/* Those that the address has, as a layout keeps them. */
export const keptFilters = (names) => Object.fromEntries(names
    .map((name) => [FILTERS[name][0], addressGet(name)])
    .filter(([, value]) => value !== ''));

/* And back: what the address is to have. */
export const askedFilters = (kept, names) => Object.fromEntries(names.map(
    (name) => [name, kept[FILTERS[name][0]] ?? '']));

/* Both ends of a range are its own argument. */
function argumentsOf([name, value]) {
    const [argument, sent] = FILTERS[name];

    if (sent) {
        return [[argument, sent(value)]];
    }
    const [first, last] = DAYS[value] ?? [0, 0];

    return [[`${argument}__gte`, midnight(today(), -first)],
        [`${argument}__lte`, midnight(today(), 1 - last, -1)]];
}

export class OrderFilters {
    #dom;
    #form;
    #arguments;

    /* form, clear; toggle: shows the form, where it is folded or there is no room
     * for it; isFolded: it is, unless somebody opens it. changed(): other orders
     * are meant. */
    constructor({ form, clear, toggle, isFolded = false }, changed) {
        this.#dom = { form, toggle };
        this.#form = new FilterForm(form, clear, () => {
            this.#take();
            changed();
        }, () => this.#take());
        if (isFolded) {
            this.#fold();
        }
        toggle.addEventListener('click', () => this.#open(
            toggle.getAttribute('aria-expanded') !== 'true', isFolded));
        onMidnight(() => {
            if (form.elements.day.value) {
                this.#take();
                changed();
            }
        });
        startMenu(form.querySelector('.choices'));
        this.#take();
        form.querySelector('.filters-more').open = this.#form.filled.some(
            ([name]) => form.elements.namedItem(name).closest?.('.filters-more'));
    }

    /* As they were when typing last rested. */
    get arguments() {
        return new URLSearchParams(this.#arguments);
    }

    clear() {
        this.#form.empty();
    }

    /* Opened, where it is folded. */
    focus() {
        if (!this.#dom.form.checkVisibility()) {
            this.#dom.toggle.click();
        }
        this.#dom.form.querySelector('input').focus();
    }

    #fold() {
        this.#open(settingGet('filters-open', 'no') === 'yes', true);
    }

    #open(isOpen, isKept) {
        const { form, toggle } = this.#dom;

        toggle.setAttribute('aria-expanded', String(isOpen));
        if (isKept) {
            form.hidden = !isOpen;
            settingPut('filters-open', isOpen ? 'yes' : 'no');
        }
    }

    #take() {
        const { filled } = this.#form;
        const { form, toggle } = this.#dom;
        const { day } = form.elements;
        const states = [...form.querySelectorAll('[name="status"]:checked')];

        this.#arguments = filled
            .filter(([name]) => !day.value || !WITHIN.includes(name))
            .flatMap(argumentsOf);
        for (const name of WITHIN) {
            form.elements[name].disabled = day.value !== '';
        }
        toggle.textContent = filled.length ? `Filters (${filled.length})`
            : 'Filters';
        form.querySelector('.choices-words').textContent = states.length
            ? states.map((one) => one.parentElement.textContent.trim())
                .join(', ')
            : 'any';
    }
}
