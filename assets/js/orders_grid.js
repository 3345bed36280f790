/*
 * A grid of orders: each page is asked for from the server; events patch the
 * rows shown in place. Where rows come, go or move, the page is read again, but
 * not while somebody looks at these rows: then it is told how many wait. Rows
 * carry the position they were read at, so an event is applied only to older
 * ones.
 */
import { Problem } from './api.js';
import { at } from './dom.js';
import { ErrorBar } from './error_bar.js';
import { Flashes } from './flash.js';
import { FractionRoom } from './fraction_room.js';
import { HeldRows } from './held_rows.js';
import { searchWords } from './number_input.js';
import { OrdersReader } from './orders_reader.js';
import { OrdersTable, rowIdOf } from './orders_table.js';
import { LANGUAGE } from './orders_words.js';
import { PointerHold } from './pointer_hold.js';
import { RowActs } from './row_acts.js';
import { RowFocus } from './row_focus.js';
import { SearchBox } from './search_box.js';
import { WaitingRows } from './waiting_rows.js';

/* A row that is struck out stays this long, to be seen. */
const STRIKE_MS = 900;
/* Rows that only change places may wait: nothing is wrong meanwhile. */
const CALM_MS = 2000;

export class OrdersGrid {
    #known;
    #source;
    #current;
    #choice;
    #errors;
    #search;
    #table;
    #room;
    #focus;
    #acts;
    #reader;
    #flashes = new Flashes((id) => this.#table.row(id)?.node() ?? null);
    #waiting = new WaitingRows(() => this.showWaiting());
    #held;
    #pointer;
    #asked = null; /* what the rows shown were asked for by */
    #owed = false; /* what is not applied yet waits for a hand to be gone */
    #drawn = null; /* {epoch, seq} that the rows shown were read at */
    #drawnAt = null;
    #wanted = null; /* {epoch, seq} that they should have reached */
    #missing = false; /* events may have been, of which nobody told */
    #editing = false;

    /* source: see orders_source.js; current: CurrentOrder; choice:
     * OrderChoice, or null. */
    constructor(known, { columns, source, current, choice = null }) {
        this.#known = known;
        this.#source = source;
        this.#current = current;
        this.#choice = choice;
        this.#reader = new OrdersReader(source, {
            catchUp: () => this.#catchUp(),
            slow: (on) => {
                this.#table.dim(on);
                this.#tellApplied();
            },
            late: () => this.#errors.wait(this.#drawnAt),
            rest: () => this.#pointer.rest(),
            accept: (...page) => this.#accept(...page),
            failed: (failure) => this.#failed(failure),
            done: () => {
                this.#errors.hide();
                this.#tellApplied();
                this.onRead();
                this.#settle();
            },
        });
        this.#table = new OrdersTable(columns, (request, done) => {
            this.#owed = false;
            this.#reader.load(request, done);
        });
        this.#pointer = new PointerHold(this.#table.scroller,
            this.#table.body, () => this.#released());
        this.#held = new HeldRows(this.#table, this.#waiting, {
            changed: (row, order, anyVersion) => {
                this.#saw(order);
                this.#update(row, order, { anyVersion });
            },
            gone: (id) => this.#forget(id),
        });
        this.#room = new FractionRoom(this.#table.element);
        this.#focus = new RowFocus(this.#table.body,
            (rowId, how) => this.#acts.choose(rowId, how));
        this.#acts = new RowActs(this.#table, {
            current, choice, pointer: this.#pointer,
            enter: (field) => this.onEnter(field),
        });
        this.#errors = new ErrorBar('orders', () => this.#table.retry());
        this.#search = new SearchBox({
            input: at('orders-search'),
            clear: at('orders-search-clear'),
        }, {
            search: (text) => this.#table.search(searchWords(text)),
            leave: () => this.#focus.move('Home'),
        });
        this.#listen();
        this.#midnight();
    }

    /* The page's to set: Enter or a double click on a row (the cell's field
     * with the latter); rows were replaced or have changed; the server has
     * answered; an order that was chosen is no more. */
    onEnter = () => {};
    onDrawn = () => {};
    onRead = () => {};
    onLost = () => {};

    get keys() {
        return {
            '/': () => this.#search.focus(),
            s: () => this.showWaiting(),
            ArrowDown: (key) => this.#focus.move(key),
            ArrowUp: (key) => this.#focus.move(key),
        };
    }

    /* An order as it is shown, or null where it is not. */
    order(id) {
        return this.#table.row(id)?.data() ?? null;
    }

    /* The cell of an order, or null. */
    cell(id, field) {
        return this.#table.row(id)?.node().querySelector(`.col-${field}`) ??
            null;
    }

    /* Those that have been removed are not among them, though struck out they
     * may stand there still. */
    get shown() {
        return this.#table.orders.filter(({ id }) => !this.#table.isGone(id));
    }

    /* Where they were read. */
    get shownUrl() {
        return this.#asked.url;
    }

    /* A cell is being changed: its row stays. */
    set editing(on) {
        this.#editing = on;
        this.#released();
    }

    /* Where it is not shown, the row that Tab would come to. */
    focusRow(id) {
        const node = this.#table.row(id)?.node() ??
            this.#table.body.querySelector('tr[tabindex="0"]');

        node?.focus({ preventScroll: true });
    }

    /* Other rows are meant now: from the first page. */
    refilter() {
        this.#table.draw();
    }

    /* What the user meant by keys or boxes may have been let go. */
    choiceChanged() {
        const { id } = this.#current;

        this.#focus.select(id === null ? null : rowIdOf(id));
        this.#released();
    }

    /* An order as an answer has it, which events may tell too. */
    show(order) {
        const row = this.#table.row(order.id);

        this.#saw(order);
        if (row && row.data().version < order.version) {
            this.#update(row, order);
        }
    }

    /* One that the user has placed himself. */
    placed(order) {
        this.#known.put(order);
        if (!this.#table.row(order.id)) {
            this.#change('new', order.id);
        }
    }

    /* One that is no more. */
    removed(id) {
        this.#forget(id);
        this.#change('removed', id, this.#table.strike(id) ? STRIKE_MS : 0);
    }

    /* Events in order, as handed on by the stream. */
    apply(events) {
        for (const event of events) {
            const { type, order } = event;

            this.#reader.note(event);
            if (type === 'data.delete') {
                this.#forget(order.id);
            } else {
                this.#current.update(order);
            }
            this.#applyOne(event);
            this.#flashes.mark(order.id, type);
        }
        this.#choice?.update(events.filter(({ type }) =>
            type !== 'data.delete').map(({ order }) => order));
    }

    /* The rows must have been read at this position or later. */
    reach(position) {
        this.#missing ||= this.#drawn !== null && !this.#covers(position);
        this.#want(position);
        this.#settle();
    }

    /* Events may have been missed. */
    reload() {
        this.#missing = true;
        this.#reader.hurry();
    }

    /* The reader wants what has waited: new orders where they stand first. */
    showWaiting() {
        if (!this.#waiting.any) {
            return;
        }
        if (this.#leads()) {
            this.#table.toTop();
            this.#table.draw('first');
        } else {
            this.#table.redraw();
        }
    }

    #leads() {
        return this.#waiting.anyNew && this.#table.isNewestFirst;
    }

    #tellWaiting() {
        this.#waiting.tell({
            isFiltered: this.#isFiltered(),
            leads: this.#leads() && !this.#table.isFirstPage,
        });
    }

    quiet() {
        this.#flashes.clear();
    }

    #listen() {
        this.#table.scroller.addEventListener('scroll',
            () => this.#released(), { passive: true });
        this.#table.onError((text) => this.#errors.show(text, this.#drawnAt));
    }

    /* Times of today are shown without a date; tomorrow they need one. */
    #midnight() {
        const next = new Date();

        next.setHours(24, 0, 1, 0);
        setTimeout(() => {
            this.#table.repaint();
            this.#midnight();
        }, next - Date.now());
    }

    /* Reading */

    /* Does somebody look at just these rows? */
    #isHeld() {
        return !this.#table.isFirstPage || this.#isAtHand() ||
            this.#table.scroller.scrollTop > 0 || this.#current.id !== null ||
            Boolean(this.#choice?.orders.length);
    }

    /* Is somebody about to act on one of them? */
    #isAtHand() {
        return this.#editing || this.#pointer.isOn;
    }

    /* Is something searched or filtered for that these rows were not read
     * by? */
    #isUnapplied() {
        return this.#asked !== null && this.#asked.words !==
            this.#source.words(this.#table.searched);
    }

    #released() {
        if (this.#owed ? !this.#isAtHand()
            : !this.#isHeld() && (this.#waiting.any || this.#missing)) {
            this.#reader.request();
        }
    }

    #catchUp() {
        if (this.#isUnapplied()) {
            /* It was asked for, so it is no news to who looks at the rows. */
            this.#owed = this.#isAtHand();
            if (!this.#owed) {
                this.#table.draw();
            }
        } else if (!this.#isHeld()) {
            this.#reader.inBackground(() => this.#table.redraw());
        } else if (this.#missing) {
            /* The rows that somebody looks at, each where it stands. */
            this.#reader.again(this.#asked.url,
                (answer) => this.#merge(answer));
        } else {
            this.#tellWaiting();
        }
    }

    async #accept(request, answer, { done, asked, events, background }) {
        /* He has come to look at these rows while they were asked for. */
        if (background && this.#isHeld()) {
            await this.#merge(answer);
            return;
        }
        if (isPastEnd(request, answer)) {
            const last = Math.ceil(answer.recordsFiltered / request.length);

            queueMicrotask(() => this.#table.draw(last - 1));
            return;
        }
        this.#asked = asked;
        this.#drawn = answer.position ?? null;
        this.#drawnAt = new Date();
        this.#missing = false;
        this.#waiting.clear();
        for (const order of answer.data) {
            this.#known.put(order);
            this.#current.update(order);
            this.#room.fit(order);
        }
        this.#table.made();
        this.#focus.hold();
        done(answer);
        this.#table.restoreDetails();
        this.#flashes.repaint();
        this.#focus.restore();
        this.#pointer.shifted();
        this.#tellEmpty();
        this.#choice?.update(answer.data);
        events.forEach((event) => this.#applyOne(event));
        this.#tellDrawn();
    }

    #failed(failure) {
        const empty = this.#table.element.querySelector('td.dt-empty');

        this.#table.missed();
        this.#errors.show(failure.words ?? failure.message, this.#drawnAt,
            !this.#tellApplied());
        if (empty && !this.#drawnAt) {
            empty.textContent = 'No orders to show yet.';
        }
        if (!(failure instanceof Problem)) {
            console.error(failure);
        }
    }

    async #merge(answer) {
        const { epoch } = answer.position ?? {};

        await this.#held.renew(answer.data,
            epoch !== undefined && epoch !== this.#drawn?.epoch);
        this.#drawn = answer.position ?? this.#drawn;
        this.#drawnAt = new Date();
        this.#missing = false;
        this.#tellWaiting();
    }

    /* Do these rows belong to what is searched and filtered for? */
    #tellApplied() {
        const unapplied = this.#isUnapplied();

        this.#table.element.closest('.orders')
            .classList.toggle('is-unapplied', unapplied);
        return !unapplied;
    }

    /* DataTables compares with all there are, which only a search knows. */
    #tellEmpty() {
        const empty = this.#table.element.querySelector('td.dt-empty');

        if (empty) {
            empty.textContent = this.#isFiltered()
                ? LANGUAGE.zeroRecords
                : LANGUAGE.emptyTable;
        }
    }

    #tellDrawn() {
        const { id } = this.#current;

        this.#focus.select(id === null ? null : rowIdOf(id));
        this.onDrawn();
    }

    /* Positions and events */

    #applyOne(event) {
        const { type, order } = event;

        if (this.#covers(event)) {
            return;
        }
        const row = this.#table.row(order.id);

        if (type === 'data.update') {
            this.#update(row, order,
                { matters: row || this.#matters(event) });
            return;
        }
        this.#want(event);
        if (type === 'data.delete') {
            this.#change('removed', order.id,
                this.#table.strike(order.id) ? STRIKE_MS : 0,
                row || this.#matters(event));
        } else if (!row) {
            this.#change('new', order.id, 0, this.#matters(event));
        }
    }

    #update(row, order, { anyVersion = false, matters = true } = {}) {
        const moves = row
            ? this.#mayMove(row.data(), order)
            : this.#isFiltered() || this.#isSortedByOther();

        if (row && (anyVersion || row.data().version <= order.version)) {
            this.#patch(row, order);
        }
        if (moves) {
            this.#change('moved', order.id, CALM_MS, matters);
        }
    }

    /* matters: it may change which rows are shown, or where. */
    #change(kind, id, delay = 0, matters = true) {
        if (matters) {
            this.#waiting.add(kind, id);
        }
        this.#reader.request(delay);
    }

    /* Could the order be among those searched for, or have been? One that was
     * not shown on the first page has not left that, whatever it was. What is
     * told of one that went need not be all of it. */
    #matters({ type, order }) {
        if (!this.#isFiltered() || order.instrument === undefined) {
            return true;
        }
        const before = type === 'data.update' ? this.#known.before(order)
            : order;

        return this.#asked.could(order) || (before === null
            ? !this.#table.isFirstPage : this.#asked.could(before));
    }

    #patch(row, order) {
        const node = row.node();
        const { activeElement } = document;
        const inside = node.contains(activeElement) && activeElement !== node;

        this.#room.fit(order);
        this.#table.put(row, order);
        if (inside) {
            node.querySelector(`.${activeElement.classList[0]}`)?.focus();
        }
        this.onDrawn();
    }

    #saw(order) {
        this.#known.put(order);
        this.#current.update(order);
        this.#choice?.update([order]);
    }

    #forget(id) {
        const chosen = this.#choice?.forget(id) ?? null;
        const lost = this.#current.forget(id) ?? chosen;

        this.#known.remove(id);
        if (lost) {
            this.onLost(lost);
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
        if (this.#wanted && this.#drawn && !this.#reader.isBusy &&
            !this.#covers(this.#wanted)) {
            this.#reader.request();
        }
    }

    #mayMove(before, after) {
        return this.#isFiltered() || this.#table.sortedBy.some(
            (field) => before[field] !== after[field]);
    }

    #isFiltered() {
        return this.#asked?.isFiltered ?? false;
    }

    #isSortedByOther() {
        return this.#table.sortedBy.some((field) => field !== 'id');
    }
}

/* The last row of the last page has gone: the page before it is meant. */
function isPastEnd(request, answer) {
    return !answer.data.length && answer.recordsFiltered > 0 &&
        request.start > 0;
}
