/*
 * All of how a grid of orders looks, as a layout has it: its columns, and what
 * the address says: sorted by what, filtered and searched for what. It begins
 * with the layout that the user has chosen for that, unless the address says
 * more, and goes on as it was where a page is loaded again.
 */
import { addressGet, addressGo, addressMend } from '../lib/address.js';
import { Problem } from '../lib/api.js';
import { listLayouts, readLayout } from './layouts.js';
import { ownName } from '../page/me.js';
import { askedFilters, keptFilters } from './order_filters.js';
import { keepSettings, readSettings } from '../page/own_settings.js';
import { settingGet, settingPut } from '../lib/settings.js';
import { chooseLook, lookOf } from '../page/theme.js';

const SHARED_DEFAULT = 'Default'; /* who has chosen none begins with it */
const PLACE = ['sort', 'search', 'page', 'rows'];
const LENGTH = 25; /* rows on a page, where nobody has said so */

/* Where the settings have the name of the one that a page begins with. */
const DEFAULTS = {
    orders: {
        read: ({ layout }) => layout,
        write: (layout) => ({ layout }),
        otherwise: SHARED_DEFAULT,
    },
    everybody: {
        read: ({ page }) => page?.everybody?.layout,
        write: (layout) => ({ page: { everybody: { layout } } }),
    },
};

export class GridLayout {
    #page;
    #columns;
    #filters;
    #chosen = null; /* {name, shared, version}; null: none has a name */
    #saved; /* how all looks by the one that is chosen, as JSON */
    #wanted = null; /* the name of the one that the page begins with */
    #isAsked; /* the address said what is to be seen */

    onChange = () => {};

    /* page: orders or everybody; columns: ColumnLayout; filters: names of those
     * that the page has, see order_filters.js. To be made before anybody reads
     * the address. */
    constructor(page, columns, filters) {
        this.#page = page;
        this.#columns = columns;
        this.#filters = filters;
        this.#isAsked = isReturn() || [...PLACE, ...filters].some(
            (name) => addressGet(name) !== '');
        this.#saved = this.#wordsOf({});
        this.#begin();
        columns.onChange(() => {
            this.#remember();
            this.onChange();
        });
    }

    /* What the server says of it: the grid is there by now. */
    async start() {
        try {
            await this.#adopt();
        } catch (error) {
            if (!(error instanceof Problem)) {
                throw error;
            }
        }
    }

    get chosen() {
        return this.#chosen;
    }

    /* Does the page begin with the one that is chosen? */
    get isDefault() {
        return this.#chosen !== null && this.#chosen.name === this.#wanted;
    }

    set isDefault(is) {
        this.#wanted = is ? this.#chosen.name : null;
        keepSettings(DEFAULTS[this.#page].write(this.#wanted));
        this.#remember();
        if (!is) {
            write(localStorage, this.#key, null);
        }
    }

    /* Is it another than what was chosen or saved? */
    get isChanged() {
        return JSON.stringify(this.body) !== this.#saved;
    }

    /* As the server keeps it. */
    get body() {
        const { columns, pinned } = this.#columns.kept;
        const sort = addressGet('sort');

        return {
            columns,
            order: sort ? [{
                column: sort.replace('-', ''),
                dir: sort.startsWith('-') ? 'desc' : 'asc',
            }] : [],
            filters: keptFilters(this.#filters),
            search: addressGet('search'),
            page_length: Number(settingGet('page-length', LENGTH)),
            page: { pinned, density: lookOf('density') },
        };
    }

    /* kept: {name, shared, version, layout}; null: as the page has it. */
    choose(kept) {
        this.#show(kept?.layout ?? {}, addressGo);
        this.saved(kept);
    }

    /* It is kept by this name now; null: by none. */
    saved(kept) {
        this.#chosen = kept && nameOf(kept);
        this.#saved = JSON.stringify(this.body);
        this.#remember(kept);
        this.onChange();
    }

    /* The chosen one has another name now, and is else as it was. */
    renamed(kept) {
        this.#chosen = nameOf(kept);
        this.#remember(kept);
        this.onChange();
    }

    /* go(values): to a place of the address; none: it stays. */
    #show(layout, go = () => {}) {
        const { columns, page, page_length: length } = layout;

        this.#columns.put({ columns, pinned: page?.pinned });
        if (page?.density) {
            chooseLook('density', page.density);
        }
        if (length) {
            settingPut('page-length', length);
        }
        go(this.#placeOf(layout));
    }

    /* As the address has it. */
    #placeOf({ order: [first] = [], filters = {}, search = '' }) {
        return {
            sort: first ? (first.dir === 'desc' ? '-' : '') + first.column : '',
            search, page: '', rows: '', ...askedFilters(filters, this.#filters),
        };
    }

    /* How all looks by a layout, wherever the address has led. */
    #wordsOf({ order = [], filters = {}, search = '' }) {
        return JSON.stringify({ ...this.body, order, filters, search });
    }

    /* Beginning */

    /* As it was when this page was left, else as the one looks that it begins
     * with, which this browser may know. */
    #begin() {
        const tab = read(sessionStorage, this.#key);
        const kept = read(localStorage, this.#key);

        if (tab) {
            this.#columns.put(tab.columns);
            this.#chosen = tab.chosen;
            this.#wanted = tab.wanted;
            this.#saved = tab.saved;
            if (!this.#isAsked) {
                addressMend(this.#placeOf(JSON.parse(tab.saved)));
            }
        } else if (kept) {
            this.#wanted = kept.name;
            this.#take(kept, addressMend);
        }
    }

    #take(kept, go) {
        this.#show(kept.layout, this.#isAsked ? undefined : go);
        this.#chosen = nameOf(kept);
        this.#saved = this.#wordsOf(this.#isAsked ? kept.layout : this.body);
    }

    /* The one that the page is to begin with may be another by now; what was done
     * by hand meanwhile stays. */
    async #adopt() {
        const { read: wantedOf, otherwise } = DEFAULTS[this.#page];
        const isFresh = read(sessionStorage, this.#key) === null;
        const before = JSON.stringify(this.body);
        const [settings, all] =
            await Promise.all([readSettings(), listLayouts()]);
        const wanted = choiceOf(all, wantedOf(settings), otherwise);

        this.#wanted = wanted?.name ?? null;
        if (!wanted) {
            write(localStorage, this.#key, null);
        } else if (!isSame(wanted, this.#chosen)) {
            const kept = await readLayout(wanted);
            const isFree = isFresh || !this.isChanged &&
                wanted.name === this.#chosen?.name;

            write(localStorage, this.#key, { user: ownName(), ...kept });
            if (isFree && JSON.stringify(this.body) === before) {
                this.#take(kept, (place) => addressGo(place, true));
                this.#remember();
            }
        }
        this.onChange();
    }

    /* Remembering */

    get #key() {
        return `lws-app.layout.${this.#page}`;
    }

    /* kept: as the server has the chosen one, where that is known. */
    #remember(kept = null) {
        write(sessionStorage, this.#key, {
            user: ownName(), columns: this.#columns.kept, chosen: this.#chosen,
            wanted: this.#wanted, saved: this.#saved,
        });
        if (kept && kept.name === this.#wanted) {
            write(localStorage, this.#key, { user: ownName(), ...kept });
        }
    }
}

const nameOf = ({ name, shared, version }) => ({ name, shared, version });

/* A page that is loaded again, or come back to: its address is what was seen. */
const isReturn = () => ['reload', 'back_forward'].includes(
    performance.getEntriesByType('navigation')[0]?.type);

/* One's own comes before the one that is shared; null: there is none. */
function choiceOf(all, own, otherwise) {
    const named = all.filter(({ name, shared }) =>
        own ? name === own : shared && name === otherwise);

    return named.find(({ shared }) => !shared) ?? named[0] ?? null;
}

const isSame = (a, b) => a.name === b?.name && a.shared === b?.shared &&
    a.version === b?.version;

/* Of the user who is there; storage may be full or refused. */
function read(storage, key) {
    try {
        const kept = JSON.parse(storage.getItem(key));

        return kept?.user === ownName() ? kept : null;
    } catch {
        return null;
    }
}

function write(storage, key, value) {
    try {
        if (value === null) {
            storage.removeItem(key);
        } else {
            storage.setItem(key, JSON.stringify(value));
        }
    } catch {
        /* Not remembered. */
    }
}
