/*
 * The grid of own orders: DataTables asks the server for each page; events
 * patch the rows shown in place and ask for the same page again where rows
 * come, go or move. Rows carry the position they were read at, so an event is
 * applied only to older rows.
 */
import DataTable from '/assets/vendor/dataTables.js';
import { Problem, getJson } from './api.js';
import { COLUMNS, element } from './columns.js';
import { ErrorBar } from './error_bar.js';
import { Flashes } from './flash.js';
import { FractionRoom } from './fraction_room.js';
import { LANGUAGE } from './orders_words.js';
import { Refresh } from './refresh.js';
import { RowDetails } from './row_details.js';
import { RowFocus } from './row_focus.js';
import { narrowScreen } from './screen.js';
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
    #element;
    #known;
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

    /* dom: table, errorBar{bar,text,retry}, search{input,clear} */
    constructor(dom, known) {
        const [body] = dom.table.tBodies;

        this.#element = dom.table;
        this.#known = known;
        this.#room = new FractionRoom(dom.table);
        this.#focus = new RowFocus(body);
        this.#errors = new ErrorBar(
            dom.errorBar, () => this.#redraw({ background: false }));
        this.#start();
        this.#search = new SearchBox(dom.search, {
            search: (text) => this.#table.search(text).draw(),
            leave: () => this.#focus.move('Home'),
        });
        this.#listen(body);
        this.#midnight();
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

    focusSearch() {
        this.#search.focus();
    }

    moveFocus(key) {
        return this.#focus.move(key);
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
            columns: COLUMNS.map((column) => this.#columnOf(column)),
            order: [[0, 'desc']],
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
            className: `col-${column.field}` + (column.end ? ' end' : ''),
            searchable: column.searchable !== false,
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
        this.#fold();
        narrowScreen.addEventListener('change', () => this.#fold());
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
        const folding = COLUMNS.flatMap(
            (column, index) => (column.folds ? [index] : []));

        this.#table.columns(folding).visible(!narrowScreen.matches, false);
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
            const answer = await getJson(urlOf(request), mine.abort.signal);

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
        events.forEach((event) => this.#applyOne(event));
    }

    #finish(failure) {
        this.#refresh.finished(failure === null);
        if (failure === null) {
            this.#errors.hide();
            this.#settle();
            return;
        }
        const empty = this.#element.querySelector('td.dt-empty');

        this.#errors.show(failure.message, this.#drawnAt);
        if (empty && !this.#drawnAt) {
            empty.textContent = 'No orders to show yet.';
        }
        if (!(failure instanceof Problem)) {
            console.error(failure);
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

        if (row) {
            this.#patch(row, order);
        }
        if (moves) {
            this.#refresh.request(CALM_MS);
        }
    }

    #patch(row, order) {
        const node = row.node();
        const inside = node.contains(document.activeElement) &&
            document.activeElement !== node;

        this.#room.fit(order);
        row.data(order);
        this.#details.refresh(row);
        if (inside) {
            node.querySelector('.fold').focus();
        }
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
        return this.#table.search() !== '';
    }

    #isSortedByOther() {
        return this.#sortedBy().some((field) => field !== 'id');
    }

    #sortedBy() {
        return this.#table.order().map(([column]) => COLUMNS[column].field);
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
        } else if (getSelection().isCollapsed) {
            node.focus({ preventScroll: true });
        }
    }
}

function rowIdOf(id) {
    return `order-${id}`;
}

function urlOf(request) {
    return '/api/data/?format=datatables&' +
        DataTable.ajax.serialize(request);
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
