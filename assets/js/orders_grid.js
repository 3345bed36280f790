/*
 * A grid of orders: DataTables asks the server for each page; events patch the
 * rows shown in place and ask for the same page again where rows come, go or
 * move. Rows carry the position they were read at, so an event is applied only
 * to older rows.
 */
import DataTable from '/assets/vendor/dataTables.js';
import { Problem, getJson } from './api.js';
import { at, element } from './dom.js';
import { ErrorBar } from './error_bar.js';
import { Flashes } from './flash.js';
import { FractionRoom } from './fraction_room.js';
import { LANGUAGE } from './orders_words.js';
import { Refresh } from './refresh.js';
import { RowDetails } from './row_details.js';
import { RowFocus } from './row_focus.js';
import { mediumScreen, narrowScreen } from './screen.js';
import { SearchBox } from './search_box.js';
import { settingGet, settingPut } from './settings.js';

const LENGTHS = [10, 25, 50, 100];
const LENGTH_DEFAULT = 25;
const DIM_AFTER_MS = 200;
/* A row that is struck out stays this long, to be seen. */
const STRIKE_MS = 900;
/* Rows that only change places may wait: nothing is wrong meanwhile. */
const CALM_MS = 2000;

DataTable.ext.errMode = 'none';

export class OrdersGrid {
    #element = at('orders');
    #known;
    #columns;
    #source;
    #choice;
    #errors;
    #search;
    #table;
    #refresh = new Refresh(() => this.#redraw({ background: true }));
    #flashes = new Flashes((id) => this.#rowOf(id)?.node() ?? null);
    #details = new RowDetails();
    #room;
    #focus;
    #drawn = null; /* {epoch, seq} that the rows shown were read at */
    #drawnAt = null;
    #wanted = null; /* {epoch, seq} that they should have reached */
    #request = null; /* {abort, events} of the draw in flight */
    #background = false;

    /* source: see orders_source.js; choice: OrderChoice, or none. */
    constructor(known, { columns, source, choice }) {
        const [body] = this.#element.tBodies;

        this.#known = known;
        this.#columns = columns;
        this.#source = source;
        this.#choice = choice ?? null;
        this.#room = new FractionRoom(this.#element);
        this.#focus = new RowFocus(body, () => this.onCurrent());
        this.#errors = new ErrorBar(
            'orders', () => this.#redraw({ background: false }));
        this.#start();
        this.#search = new SearchBox({
            input: at('orders-search'),
            clear: at('orders-search-clear'),
        }, {
            search: (text) => this.#table.search(text).draw(),
            leave: () => this.#focus.move('Home'),
        });
        this.#listen(body);
        this.#midnight();
    }

    /* The page's to set: Enter or a double click on a row (the cell's field
     * with the latter); another row is the current one, or it has changed;
     * rows were replaced. */
    onEnter = () => {};
    onCurrent = () => {};
    onDrawn = () => {};

    get keys() {
        return {
            '/': () => this.#search.focus(),
            ArrowDown: (key) => this.#focus.move(key),
            ArrowUp: (key) => this.#focus.move(key),
        };
    }

    /* The order of the row that the keyboard stands on, or null. */
    get current() {
        return this.order(orderIdOf(this.#focus.id));
    }

    /* As it is shown, or null where it is not. */
    order(id) {
        return this.#rowOf(id)?.data() ?? null;
    }

    /* The cell of an order, or null. */
    cell(id, field) {
        return this.#rowOf(id)?.node().querySelector(`.col-${field}`) ?? null;
    }

    get shown() {
        return this.#table.rows().data().toArray();
    }

    /* What the rows shown are asked for by, as DataTables has it. */
    get request() {
        return this.#table.ajax.params();
    }

    focusRow(id) {
        this.#rowOf(id)?.node().focus({ preventScroll: true });
    }

    /* Other rows are meant now: from the first page. */
    refilter() {
        this.#table.draw();
    }

    /* An order as an answer has it, which events will tell too. */
    show(order) {
        const row = this.#rowOf(order.id);

        this.#known.put(order);
        if (row && row.data().version < order.version) {
            this.#update(row, order);
        }
    }

    /* Events in order, as handed on by the stream. */
    apply(events) {
        for (const event of events) {
            this.#request?.events.push(event);
            this.#applyOne(event);
            this.#flashes.mark(event.order.id, event.type);
        }
    }

    /* The rows must have been read at this position or later. */
    reach(position) {
        this.#want(position);
        this.#settle();
    }

    reload() {
        this.#refresh.request();
    }

    quiet() {
        this.#flashes.clear();
    }

    /* DataTables */

    #start() {
        const length = Number(settingGet('page-length', LENGTH_DEFAULT));

        this.#table = new DataTable(this.#element, {
            serverSide: true,
            deferRender: true,
            autoWidth: false,
            orderClasses: false,
            typeDetect: false,
            ajax: (request, done) => {
                this.#load(request, done);
            },
            columns: this.#columns.map((column) => this.#columnOf(column)),
            order: [[this.#columns.findIndex(
                ({ field, name }) => field === 'id' && !name), 'desc']],
            rowId: (order) => rowIdOf(order.id),
            lengthMenu: LENGTHS,
            pageLength: LENGTHS.includes(length) ? length : LENGTH_DEFAULT,
            layout: {
                topStart: null,
                topEnd: null,
                bottomStart: ['info', 'pageLength'],
                bottomEnd: { paging: { buttons: 5 } },
            },
            language: LANGUAGE,
        });
    }

    /* Cells are nodes: DataTables would take a string as HTML. */
    #columnOf(column) {
        return {
            data: column.field,
            name: column.field,
            title: column.title,
            type: 'string',
            defaultContent: '',
            className: `col-${column.name ?? column.field}` +
                (column.end ? ' end' : ''),
            searchable: column.searchable !== false,
            orderable: column.orderable !== false,
            orderSequence: ['asc', 'desc'],
            render: (value, type, order) => type === 'display'
                ? this.#cell(column, value, order)
                : value,
        };
    }

    #cell(column, value, order) {
        const node = column.cell(value, order);

        if (column.field !== 'instrument') {
            return node;
        }
        const holder = element('span', 'instrument-cell');

        holder.append(this.#details.button(order.id), node);
        return holder;
    }

    #listen(body) {
        body.addEventListener('click', (event) => this.#click(event));
        body.addEventListener('dblclick', (event) => this.#open(event));
        body.addEventListener('keydown', (event) => {
            if (event.key === 'Enter' && event.target.matches('tr[id]')) {
                event.preventDefault();
                this.onEnter(null);
            }
        });
        this.#fold();
        narrowScreen.addEventListener('change', () => this.#fold());
        mediumScreen.addEventListener('change', () => this.#fold());
        this.#table.on('length', (event, settings, length) => {
            settingPut('page-length', length);
        });
        this.#table.on('dt-error', (event, settings, note, text) => {
            this.#errors.show(text, this.#drawnAt);
        });
        this.#table.on('page order search length', () => {
            this.#element.parentElement.scrollTop = 0;
        });
    }

    #fold() {
        this.#columns.forEach(({ folds }, index) => {
            if (folds) {
                const screen = folds === 'early' ? mediumScreen : narrowScreen;

                this.#table.column(index).visible(!screen.matches, false);
            }
        });
        /* A hidden column was given a width of 0. Widths are the style's. */
        for (const column of this.#element.querySelectorAll('col')) {
            column.style.removeProperty('width');
        }
        this.#details.restore((id) => this.#rowOf(id));
    }

    /* Times of today are shown without a date; tomorrow they need one. */
    #midnight() {
        const next = new Date();

        next.setHours(24, 0, 1, 0);
        setTimeout(() => {
            this.#table.rows().invalidate();
            this.#midnight();
        }, next - Date.now());
    }

    /* Drawing */

    #redraw({ background }) {
        this.#background = background;
        this.#table.draw('page');
        this.#background = false;
    }

    /* Asks for one page. done() is called with a good answer only, so that
     * the rows stay where the server fails. */
    async #load(request, done) {
        const mine = { abort: new AbortController(), events: [] };
        const slow = this.#background ? 0 : setTimeout(
            () => this.#dim(true), DIM_AFTER_MS);
        let failure = null;

        this.#request?.abort.abort();
        this.#request = mine;
        this.#refresh.started();
        try {
            const answer = this.#source.read(await getJson(
                this.#source.url(request), mine.abort.signal));

            if (mine === this.#request) {
                this.#take(request, answer, done);
            }
        } catch (error) {
            failure = error;
        }
        clearTimeout(slow);
        if (mine === this.#request) {
            this.#request = null;
            this.#dim(false);
            this.#finish(failure);
        }
    }

    #take(request, answer, done) {
        const { events } = this.#request;

        check(answer);
        if (isPastEnd(request, answer)) {
            const last = Math.ceil(answer.recordsFiltered / request.length);

            queueMicrotask(() => this.#table.page(last - 1).draw('page'));
            return;
        }
        this.#drawn = answer.position ?? null;
        this.#drawnAt = new Date();
        for (const order of answer.data) {
            this.#known.put(order);
            this.#room.fit(order);
        }
        this.#focus.hold();
        done(answer);
        this.#details.restore((id) => this.#rowOf(id));
        this.#flashes.repaint();
        this.#focus.restore();
        this.#tellEmpty();
        events.forEach((event) => this.#applyOne(event));
        this.onCurrent();
        this.onDrawn();
    }

    #finish(failure) {
        this.#refresh.finished(failure === null);
        if (failure === null) {
            this.#errors.hide();
            this.#settle();
            return;
        }
        const empty = this.#element.querySelector('td.dt-empty');

        this.#errors.show(failure.words ?? failure.message, this.#drawnAt);
        if (empty && !this.#drawnAt) {
            empty.textContent = 'No orders to show yet.';
        }
        if (!(failure instanceof Problem)) {
            console.error(failure);
        }
    }

    /* DataTables compares with all there are, which only a search knows. */
    #tellEmpty() {
        const empty = this.#element.querySelector('td.dt-empty');

        if (empty) {
            empty.textContent = this.#isSearched()
                ? LANGUAGE.zeroRecords
                : LANGUAGE.emptyTable;
        }
    }

    #dim(on) {
        this.#element.classList.toggle('is-slow', on);
        this.#element.setAttribute('aria-busy', String(on));
    }

    /* Positions and events */

    #applyOne(event) {
        if (this.#covers(event)) {
            return;
        }
        const row = this.#rowOf(event.order.id);

        if (event.type === 'data.update') {
            this.#update(row, event.order);
            return;
        }
        this.#want(event);
        this.#refresh.request(
            row && event.type === 'data.delete' ? STRIKE_MS : 0);
    }

    #update(row, order) {
        const moves = row
            ? this.#mayMove(row.data(), order)
            : this.#isSortedByOther() || this.#isSearched();

        if (row && row.data().version <= order.version) {
            this.#patch(row, order);
        }
        if (moves) {
            this.#refresh.request(CALM_MS);
        }
    }

    #patch(row, order) {
        const node = row.node();
        const { activeElement } = document;
        const inside = node.contains(activeElement) && activeElement !== node;

        this.#room.fit(order);
        row.data(order);
        this.#details.refresh(row);
        if (inside) {
            node.querySelector(`.${activeElement.classList[0]}`)?.focus();
        }
        this.onCurrent();
        this.onDrawn();
    }

    #want({ epoch, seq }) {
        if (this.#wanted?.epoch !== epoch || this.#wanted.seq < seq) {
            this.#wanted = { epoch, seq };
        }
    }

    #covers({ epoch, seq }) {
        return this.#drawn?.epoch === epoch && seq <= this.#drawn.seq;
    }

    /* Were the rows read late enough? Where nothing is drawn yet, or a draw
     * is on its way, its answer asks again. */
    #settle() {
        if (this.#wanted && this.#drawn && !this.#request &&
            !this.#covers(this.#wanted)) {
            this.#refresh.request();
        }
    }

    #mayMove(before, after) {
        return this.#isSearched() || this.#sortedBy().some(
            (field) => before[field] !== after[field]);
    }

    #isSearched() {
        return this.#table.search() !== '' || this.#source.isFiltered();
    }

    #isSortedByOther() {
        return this.#sortedBy().some((field) => field !== 'id');
    }

    #sortedBy() {
        return this.#table.order().map(
            ([column]) => this.#columns[column].field);
    }

    /* Rows */

    #rowOf(id) {
        const row = this.#table.row('#' + rowIdOf(id));

        return row.any() ? row : null;
    }

    #click(event) {
        const node = event.target.closest('tr[id]');
        const row = node && this.#table.row(node);

        if (!row?.any()) {
            return;
        }
        if (event.target.closest('.fold')) {
            this.#details.toggle(row);
        } else if (event.target.closest('.choose')) {
            this.#choice.toggle(row.data(), event.target.checked);
            node.focus({ preventScroll: true });
        } else if (getSelection().isCollapsed) {
            node.focus({ preventScroll: true });
        }
    }

    #open(event) {
        const field = fieldOf(event.target);

        if (event.target.closest('tr[id]') && field !== 'choose' &&
            !event.target.closest('.fold')) {
            getSelection().removeAllRanges();
            this.onEnter(field);
        }
    }
}

function fieldOf(node) {
    return /\bcol-(\w+)/.exec(node.closest('td')?.className ?? '')?.[1] ?? null;
}

function rowIdOf(id) {
    return `order-${id}`;
}

function orderIdOf(rowId) {
    return Number(rowId?.replace('order-', ''));
}

function check(answer) {
    if (answer.error) {
        throw new Problem(answer.error);
    }
    if (!Array.isArray(answer.data)) {
        throw new Problem('the answer has no rows');
    }
}

/* The last row of the last page has gone: the page before it is meant. */
function isPastEnd(request, answer) {
    return !answer.data.length && answer.recordsFiltered > 0 &&
        request.start > 0;
}
