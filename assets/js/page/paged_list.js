/*
 * A list that is read page by page into a table: how many there are, the buttons
 * below it, and what is said where it can't be read. Which page it is stands in
 * the address.
 */
import { addressGet, addressMend, addressPut } from '../lib/address.js';
import { Problem, getJson } from '../lib/api.js';
import { at, plural } from '../lib/dom.js';
import { ErrorBar } from '../lib/error_bar.js';
import { formatCount } from '../lib/format.js';
import { Refresh } from '../lib/refresh.js';

const PAGE_SIZE = 50;

export class PagedList {
    #name;
    #one;
    #table;
    #query;
    #errors;
    #refresh = new Refresh(() => this.read());
    #readAt = null;
    #page = pageAsked();
    #asked = 0;

    /* name: of /api/NAME/, and of the elements NAME-count and NAME-said; one:
     * what a row is called; table: a PlainTable; query(): URLSearchParams of
     * what is asked for, without the page. */
    constructor({ name, one, table, query }) {
        this.#name = name;
        this.#one = one;
        this.#table = table;
        this.#query = query;
        this.#errors = new ErrorBar(name, () => this.read());
        at('previous').addEventListener('click', () => this.#turn(-1));
        at('next').addEventListener('click', () => this.#turn(1));
    }

    /* The address, or what is asked for, is another. */
    readThere() {
        this.#page = pageAsked();
        this.read();
    }

    async read() {
        const mine = ++this.#asked;
        let isRead = false;

        this.#refresh.started();
        try {
            const answer = await getJson(this.#url());

            if (mine !== this.#asked) {
                return;
            }
            if (this.#page > 1 && !answer.results.length) {
                this.#page = Math.max(1, Math.ceil(answer.count / PAGE_SIZE));
                addressMend(this.#place);
                this.read();
                return;
            }
            this.#table.show(answer.results);
            this.#tell(answer);
            this.#errors.hide();
            this.#readAt = new Date();
            isRead = true;
        } catch (error) {
            if (!(error instanceof Problem)) {
                throw error;
            }
            if (mine === this.#asked) {
                this.#errors.show(error.words, this.#readAt,
                    this.#readAt !== null);
                this.#table.fail('Nothing to show yet.');
            }
        } finally {
            if (mine === this.#asked) {
                this.#refresh.finished(isRead);
            }
        }
    }

    get #place() {
        return { page: this.#page > 1 ? String(this.#page) : '' };
    }

    #url() {
        const query = this.#query();

        query.set('page', this.#page);
        query.set('page_size', PAGE_SIZE);
        return `/api/${this.#name}/?${query}`;
    }

    #turn(step) {
        this.#page += step;
        addressPut(this.#place);
        this.read();
    }

    #tell({ count, previous, next, results }) {
        const first = (this.#page - 1) * PAGE_SIZE + 1;

        at(`${this.#name}-count`).textContent = results.length
            ? `${formatCount(first)}\u2013${
                formatCount(first + results.length - 1)} of ${
                formatCount(count)}`
            : '';
        at(`${this.#name}-said`).textContent = plural(count, this.#one);
        at('previous').disabled = !previous;
        at('next').disabled = !next;
    }
}

function pageAsked() {
    const text = addressGet('page');

    return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : 1;
}
