/*
 * The table of orders that DataTables builds: columns, folding, pages and
 * order. It shows the order that its rows were read in, not one that was asked
 * for in vain.
 */
import DataTable from '../../vendor/dataTables.js';
import { CellFields } from './cell_fields.js';
import { ColumnDrag } from './column_drag.js';
import { nameOf } from './column_layout.js';
import { ColumnView } from './column_view.js';
import { at, element } from '../lib/dom.js';
import { formatCount } from '../lib/format.js';
import { LANGUAGE, infoWords } from './orders_words.js';
import { Pager } from './pager.js';
import { renewCell } from './renew.js';
import { RowDetails } from './row_details.js';
import { foldsOf, narrowScreen, onFold } from '../lib/screen.js';
import { settingGet, settingPut } from '../lib/settings.js';

const LENGTHS = [10, 25, 50, 100];
const LENGTH_DEFAULT = 25;

/* See place. */
export const PLACE = ['sort', 'page', 'rows'];

DataTable.ext.errMode = 'none';

export class OrdersTable {
    #element = at('orders');
    #columns;
    #layout;
    #view;
    #live;
    #api;
    #seen; /* the columns that are to be seen, as a Set */
    #details = new RowDetails();
    #fields = new CellFields();
    #pager = new Pager((page) => this.draw(page));
    #made = null; /* {order, page}: of the rows shown */
    #jump = null; /* the page asked for, which DataTables takes only once it has
                   * counted as many rows */
    #missed = null; /* of those that could not be read */

    #isScrolled = false; /* to ask for scrollTop would have all of it laid out */

    /* layout: ColumnLayout of the columns; live: LiveView; load(request, done):
     * asks for a page; place: where it begins, see place; words: what is
     * searched for. */
    constructor({ columns, layout, live, load, place, words }) {
        this.#columns = columns;
        this.#layout = layout;
        this.#view = new ColumnView(this.#element, columns, layout);
        this.#live = live;
        this.#look();
        const length = lengthOf(place);

        this.#api = new DataTable(this.#element, {
            serverSide: true,
            deferRender: false,
            autoWidth: false,
            orderClasses: false,
            typeDetect: false,
            ajax: (request, done) => this.#load(request, done, load),
            columns: columns.map((column) => this.#columnOf(column)),
            order: this.#orderOf(place),
            search: { search: words },
            displayStart: pageOf(place) * length,
            rowId: (order) => rowIdOf(order.id),
            createdRow: (row) => this.#view.arrange(row),
            lengthMenu: LENGTHS,
            pageLength: length,
            layout: {
                topStart: null,
                topEnd: null,
                bottomStart: ['info', 'pageLength', () => at('rows-waiting')],
                bottomEnd: () => this.#pager.node,
            },
            language: LANGUAGE,
            formatNumber: formatCount,
            infoCallback: () => this.#infoWords(),
        });
        live.table = this.#api;
        this.scroller.addEventListener('scroll', () => {
            this.#isScrolled = this.scroller.scrollTop > 0;
        }, { passive: true });
        this.#api.on('draw', () => this.tellPlace());
        this.#api.on('length', (event, settings, chosen) => {
            settingPut('page-length', chosen);
        });
        /* It is said before the rows are there. */
        this.#api.on('order column-visibility', () => this.#showOrder());
        this.#api.on('page order search length', () => this.toTop());
        this.#api.on('order search length', () => {
            this.#jump = null;
        });
        this.#fold();
        onFold(() => this.columnsChanged());
        new ColumnDrag(this.#element.tHead, layout);
        layout.onChange(() => this.#rearrange());
    }

    get element() {
        return this.#element;
    }

    get body() {
        return this.#element.tBodies[0];
    }

    get scroller() {
        return this.#element.parentElement;
    }

    /* Is the first row not to be seen whole? */
    get isScrolled() {
        return this.#isScrolled;
    }

    /* Rows on a page. */
    get length() {
        return this.#api.page.len();
    }

    get isFirstPage() {
        return !this.#api.page.info().start;
    }

    /* What is searched for, be these rows read by it or not. */
    get searched() {
        return this.#api.search();
    }

    /* The fields that the rows are sorted by. */
    get sortedBy() {
        return this.#api.order().map(
            ([column]) => this.#columns[column].field);
    }

    /* Are new orders on its first page? */
    get isNewestFirst() {
        const [[column, direction] = []] = this.#api.order();

        return this.#columns[column]?.field === 'id' && direction === 'desc';
    }

    /* before(), after(): its rows are replaced. */
    onDraw(before, after) {
        this.#api.on('preDraw', before);
        this.#api.on('draw', after);
    }

    onError(listener) {
        this.#api.on('dt-error', (event, settings, note, text) => {
            listener(text);
        });
    }

    #load(request, done, load) {
        const page = this.#jump;

        if (page === null) {
            load(request, done);
            return;
        }
        load({ ...request, start: page * request.length }, (answer) => {
            done(answer);
            this.#api.page(page);
        });
    }

    search(text) {
        this.#api.search(text).draw();
    }

    /* page: a number, or DataTables' words for one; none: from the first. */
    draw(page) {
        this.#jump = typeof page === 'number' ? page : null;
        if (page === undefined) {
            this.#api.draw();
        } else {
            this.#api.page(page).draw('page');
        }
    }

    /* So many pages on; false: there is none. */
    turn(step) {
        const page = this.#place().page + step;
        const isThere = page >= 0 && page * this.length <
            (this.#live.page?.recordsFiltered ?? 0);

        if (isThere) {
            this.draw(page);
        }
        return isThere;
    }

    redraw() {
        this.#api.draw('page');
    }

    /* Of the rows shown, as words of the address: {sort, page, rows}, '' for
     * what is so by itself. rows: so many on a page, without which a later one
     * is another. */
    get place() {
        const { order: [[sorted, direction] = []], page } =
            this.#made ?? this.#place();
        const field = this.#columns[sorted]?.field;

        return {
            sort: field && `${field} ${direction}` !== 'id desc'
                ? (direction === 'desc' ? '-' : '') + field : '',
            page: page ? String(page + 1) : '',
            rows: page ? String(this.length) : '',
        };
    }

    /* Another place, and what is searched for there. */
    go(place, words) {
        const length = lengthOf(place);

        if (length !== this.length) {
            this.#api.page.len(length);
        }
        this.#api.search(words).order(this.#orderOf(place));
        this.draw(pageOf(place));
    }

    #orderOf({ sort }) {
        const indexOf = (wanted) => this.#columns.findIndex(
            ({ field, name, orderable }) =>
                field === wanted && !name && orderable !== false);
        const index = indexOf(sort.replace('-', ''));

        return index < 0 ? [[indexOf('id'), 'desc']]
            : [[index, sort.startsWith('-') ? 'desc' : 'asc']];
    }

    /* Which of how many rows and pages these are, between draws too. */
    tellPlace() {
        const { recordsFiltered = 0, recordsTotal } = this.#live.page ?? {};
        const container = this.#element.closest('.dt-container');
        const info = container.querySelector('.dt-info');

        container.classList.toggle('has-none', recordsTotal === 0);
        if (info && info.textContent !== this.#infoWords()) {
            info.textContent = this.#infoWords();
        }
        this.#pager.tell({
            page: this.#api.page(),
            pages: Math.ceil(recordsFiltered / this.length),
        });
    }

    #infoWords() {
        return infoWords(this.#live.page);
    }

    /* Its rows are late. */
    dim(on) {
        this.#element.classList.toggle('is-slow', on);
        this.#element.setAttribute('aria-busy', String(on));
    }

    toTop() {
        this.scroller.scrollTop = 0;
    }

    /* What was asked for and not read, once more. */
    retry() {
        const { order, page } = this.#missed ?? {};

        if (order) {
            this.#api.order(order);
            this.draw(page);
        } else {
            this.redraw();
        }
    }

    /* The rows of the page asked for are about to be shown. */
    made() {
        this.#made = this.#place();
        this.#jump = null;
        this.#missed = null;
        this.#showOrder();
    }

    /* They could not be read: order and page are those of the rows shown. */
    missed() {
        if (this.#made) {
            const place = this.#place();

            if (JSON.stringify(place) !== JSON.stringify(this.#made)) {
                this.#missed = place;
            }
            this.#api.order(this.#made.order);
            this.#api.page(this.#made.page);
            this.#jump = null;
            this.#showOrder();
        }
    }

    /* Copied: DataTables goes on with its own. */
    #place() {
        return {
            order: this.#api.order().map(
                ([column, direction]) => [column, direction]),
            page: this.#jump ?? this.#api.page(),
        };
    }

    /* Rows, as DataTables has them */

    /* One that left a while ago may be known to DataTables still. */
    row(id) {
        const node = document.getElementById(rowIdOf(id));

        return this.body.contains(node) ? this.#api.row(node) : null;
    }

    rowAt(node) {
        const row = node && this.#api.row(node);

        return row?.any() ? row : null;
    }

    /* From the top. */
    get orders() {
        return [...this.body.querySelectorAll(':scope > tr[id]')].map(
            (node) => this.order(this.#api.row(node)));
    }

    /* As its row shows it, and will not show it for ever; null without a row. */
    order(row) {
        return row ? { ...row.data() } : null;
    }

    /* Struck out, it stays until its page is read again. False where it was
     * not to be seen. */
    strike(id) {
        const node = this.row(id)?.node();

        node?.classList.add('is-gone');
        node?.querySelector('.choose')?.setAttribute('disabled', '');
        return Boolean(node);
    }

    isGone(id) {
        return this.row(id)?.node().classList.contains('is-gone') ?? false;
    }

    /* Columns of other rooms than the screen's say when they are shown. */
    columnsChanged() {
        this.#fold();
        this.repaint();
    }

    repaint() {
        this.#api.rows().invalidate();
    }

    /* Cells that it changes are renewed, by us: DataTables would make all of
     * them anew. */
    put(row, order) {
        const own = row.data();
        const before = { ...own };
        const node = row.node();

        Object.assign(own, order);
        for (const column of this.#seen) {
            if (this.#fields.isChanged(column, before, own)) {
                this.#renew(node.querySelector(
                    `:scope > .${classOf(column)}`), column, own);
            }
        }
        this.#details.refresh(row);
    }

    #renew(cell, column, order) {
        if (!column.repaint?.(cell.firstChild, order)) {
            renewCell(cell, this.#cell(column, order[column.field], order));
        }
    }

    toggleDetail(row) {
        this.#details.toggle(row);
    }

    restoreDetails() {
        this.#details.restore((id) => this.row(id));
    }

    /* Columns. Cells are nodes: DataTables would take a string as HTML. */

    #columnOf(column) {
        return {
            data: column.field,
            name: column.field,
            title: column.title,
            type: 'string',
            defaultContent: '',
            className: classOf(column) + (column.end ? ' end' : ''),
            searchable: column.searchable !== false,
            orderable: column.orderable !== false,
            orderSequence: ['asc', 'desc'],
            render: (value, type, order) => type === 'display'
                ? this.#cell(column, value, order)
                : value,
        };
    }

    /* Nothing is made for a column that is not to be seen. */
    #cell(column, value, order) {
        const watched = this.#fields.watched(column, order);
        const node = this.#seen.has(column) ? column.cell(value, watched) : '';

        if (column.field !== 'instrument' || !node) {
            return node;
        }
        const holder = element('span', { class: 'instrument-cell' });

        const lines = element('span', { class: 'instrument-lines' });
        const folded = this.#columns.filter(
            (one) => one.below && this.#isWanted(one) && !this.#seen.has(one));

        lines.append(node);
        if (folded.length) {
            const below = element('span', { class: 'instrument-below' });

            below.append(...folded.map(
                ({ field, cell }) => cell(watched[field], watched)));
            lines.append(below);
        }
        holder.append(this.#details.button(order.id), lines);
        return holder;
    }

    /* Is it one of those that are to be seen, were there room for all? */
    #isWanted(column) {
        return column.isThere?.() !== false &&
            (this.#layout.shown(nameOf(column)) ?? !column.isOff);
    }

    /* Where the screen is no phone's, what was shown by hand has room. */
    #hasRoom(column) {
        const { folds, isShown } = column;
        const isMade = this.#layout.shown(nameOf(column)) === true &&
            !narrowScreen.matches;

        return isMade || !(folds && foldsOf(folds)) && isShown?.() !== false;
    }

    #look() {
        this.#seen = new Set(this.#columns.filter((column) =>
            this.#isWanted(column) && this.#hasRoom(column)));
    }

    #fold() {
        this.#look();
        for (const isSeen of [false, true]) {
            const others = [...this.#columns.keys()].filter((index) =>
                this.#seen.has(this.#columns[index]) === isSeen &&
                this.#api.column(index).visible() !== isSeen);

            if (others.length) {
                this.#api.columns(others).visible(isSeen, false);
            }
        }
        this.#element.classList.toggle('is-folded', this.#columns.some(
            (column) => column.folds && this.#isWanted(column) &&
                !this.#seen.has(column)));
        /* A hidden column was given a width of 0. Widths are the style's. */
        for (const column of this.#element.querySelectorAll('col')) {
            column.style.removeProperty('width');
        }
        this.#view.apply(this.#seen);
        this.restoreDetails();
    }

    /* Cells that are seen now are made; widths alone are no reason to. */
    #rearrange() {
        const before = this.#api.columns().visible().join();

        this.#fold();
        if (before !== this.#api.columns().visible().join()) {
            this.repaint();
        }
    }

    /* Which are to be seen, by name. */
    isSeen(name) {
        return this.#columns.some((column) =>
            nameOf(column) === name && this.#seen.has(column));
    }

    /* In the head: that of the rows shown. */
    #showOrder() {
        const [[sorted, direction] = []] =
            this.#made?.order ?? this.#api.order();

        this.#columns.forEach((column, index) => {
            const head = this.#api.column(index).header();
            const own = index === sorted ? direction : null;

            head.classList.toggle('dt-ordering-asc', own === 'asc');
            head.classList.toggle('dt-ordering-desc', own === 'desc');
            if (own) {
                head.setAttribute('aria-sort',
                    own === 'asc' ? 'ascending' : 'descending');
            } else {
                head.removeAttribute('aria-sort');
            }
        });
    }
}

function classOf(column) {
    return `col-${nameOf(column)}`;
}

function lengthOf({ rows }) {
    const length = Number(rows || settingGet('page-length', LENGTH_DEFAULT));

    return LENGTHS.includes(length) ? length : LENGTH_DEFAULT;
}

/* From 0. */
function pageOf({ page }) {
    return /^[1-9]\d{0,8}$/.test(page) ? Number(page) - 1 : 0;
}

export function rowIdOf(id) {
    return `order-${id}`;
}

export function orderIdOf(rowId) {
    return Number(rowId?.replace('order-', ''));
}
