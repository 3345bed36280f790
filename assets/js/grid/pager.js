/*
 * The pages of a grid. The buttons stay, whatever page is shown, and the focus
 * on them: DataTables' own are made anew, with their listeners, at every draw.
 */
import { element } from '../lib/dom.js';
import { formatCount } from '../lib/format.js';
import { LANGUAGE } from './orders_words.js';

const SLOTS = 5;
const GAP = -1; /* in place of pages that have no button */

const { paginate: SIGNS, aria: { paginate: NAMES } } = LANGUAGE;

export class Pager {
    #go;
    #place = { page: 0, pages: 0 };
    #slots = [];
    #steps = {};
    #node = element('div', { class: 'dt-paging' });

    /* go(page): it is asked for. */
    constructor(go) {
        const nav = element('nav');

        this.#go = go;
        nav.setAttribute('aria-label', 'Pages');
        for (const step of ['first', 'previous']) {
            nav.append(this.#step(step));
        }
        for (let i = 0; i < SLOTS; i++) {
            this.#slots.push(this.#button(() => this.#slots[i].page));
            nav.append(this.#slots[i].node);
        }
        for (const step of ['next', 'last']) {
            nav.append(this.#step(step));
        }
        this.#node.append(nav);
        this.tell(this.#place);
    }

    get node() {
        return this.#node;
    }

    /* page: which, from 0, of so many pages. */
    tell({ page, pages }) {
        const numbers = numbersOf(page, pages);
        const focused = this.#slots.find(
            ({ node }) => node === document.activeElement);

        this.#place = { page, pages };
        this.#slots.forEach((slot, i) => tellSlot(slot, numbers[i], page));
        for (const [step, { node }] of Object.entries(this.#steps)) {
            const isOff = this.#pageOf(step) === page || pages === 0;

            node.classList.toggle('disabled', isOff);
            node.setAttribute('aria-disabled', String(isOff));
        }
        /* The number that was chosen may stand elsewhere by now. */
        if (focused && focused.page !== page) {
            this.#slots.find((slot) => slot.page === page)?.node.focus(
                { preventScroll: true });
        }
    }

    #pageOf(step) {
        const { page, pages } = this.#place;
        const last = Math.max(pages - 1, 0);

        return { first: 0, previous: Math.max(page - 1, 0),
                 next: Math.min(page + 1, last), last }[step];
    }

    #step(step) {
        const slot = this.#button(() => this.#pageOf(step));

        this.#steps[step] = slot;
        slot.node.classList.add(step);
        slot.node.textContent = SIGNS[step];
        slot.node.setAttribute('aria-label', NAMES[step]);
        slot.node.title = NAMES[step];
        return slot.node;
    }

    #button(pageOf) {
        const node = element('button', { class: 'dt-paging-button' });

        node.type = 'button';
        node.addEventListener('click', () => {
            const page = pageOf();

            if (page !== GAP && page !== this.#place.page) {
                this.#go(page);
            }
        });
        return { node, page: GAP };
    }
}

/* What the slots show: at most SLOTS pages and gaps. */
function numbersOf(page, pages) {
    const last = pages - 1;

    if (pages <= SLOTS) {
        return Array.from({ length: pages }, (_, i) => i);
    }
    if (page < 3) {
        return [0, 1, 2, GAP, last];
    }
    if (page > last - 3) {
        return [0, GAP, last - 2, last - 1, last];
    }
    return [0, GAP, page, GAP, last];
}

/* number: undefined: there is none. */
function tellSlot(slot, number, current) {
    const { node } = slot;
    const isGap = number === GAP;
    const words = number === undefined ? ''
        : isGap ? '\u2026' : formatCount(number + 1);

    slot.page = number ?? GAP;
    node.hidden = number === undefined;
    node.disabled = isGap;
    node.classList.toggle('ellipsis', isGap);
    node.classList.toggle('current', number === current);
    if (node.textContent !== words) {
        node.textContent = words;
    }
    if (isGap) {
        node.setAttribute('aria-hidden', 'true');
    } else {
        node.removeAttribute('aria-hidden');
    }
    if (number === current) {
        node.setAttribute('aria-current', 'page');
    } else {
        node.removeAttribute('aria-current');
    }
}
