/*
 * A grid of orders: each page is a live view, where there is a socket, else it
 * is read by a request. Where rows come, go or move, they are put in their
 * places, but not while somebody looks at these rows: then it is told how many
 * wait.
 */
import {
    addressGet, addressMend, addressPick, addressPut, onAddress,
} from '../lib/address.js';
import { Problem } from '../lib/api.js';
import { at } from '../lib/dom.js';
import { ErrorBar } from '../lib/error_bar.js';
import { Flashes } from './flash.js';
import { FractionRoom } from './fraction_room.js';
import { renewRows } from './held_rows.js';
import { LiveView } from '../lib/live_view.js';
import { searchWords } from '../lib/number_input.js';
import { OrdersReader } from './orders_reader.js';
import { OrdersTable, PLACE, orderIdOf, rowIdOf } from './orders_table.js';
import { emptyWords } from './orders_words.js';
import { PointerHold } from './pointer_hold.js';
import { RowActs } from './row_acts.js';
import { RowFocus } from './row_focus.js';
import { SearchBox } from './search_box.js';
import { onMidnight } from '../lib/times.js';
import { WaitingRows, countWaiting } from './waiting_rows.js';

/* A row that is struck out stays this long, to be seen. */
const STRIKE_MS = 900;
const MOVES = ['ArrowDown', 'ArrowUp', 'PageDown', 'PageUp', 'Home', 'End'];

export class OrdersGrid {
    #known;
    #source;
    #current;
    #choice;
    #errors;
    #search;
    #live;
    #table;
    #room;
    #focus;
    #acts;
    #reader;
    #flashes = new Flashes((id) => document.getElementById(rowIdOf(id)));
    #waiting = new WaitingRows(() => this.showWaiting());
    #pointer;
    #asked = null; /* what the rows shown were asked for by */
    #owed = false; /* what is not applied yet waits for a hand to be gone */
    #drawnAt = null;
    #struckUntil = -Infinity;
    #newest = 0; /* the highest id that has been heard of */
    #newestShown = 0; /* the same, when the rows were put there */
    #added = 0; /* orders since then */
    #placedRows = null; /* those that the focus and the colours know */
    #editing = false;
    #isThere = false; /* at what the address asked for, or what is in its place */

    /* layout: ColumnLayout of the columns; source: see orders_source.js; current:
     * CurrentOrder; choice: OrderChoice, or null. */
    constructor(known, { columns, layout, source, current, choice = null }) {
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
            failed: (failure) => this.#failed(failure),
            done: (isDraw) => this.#read(isDraw),
        });
        this.#live = new LiveView({
            send: (command) => this.send(command),
            fallback: this.#reader.fetch,
            ask: (request, start) => source.ask({ ...request, start }).view,
            isAnchored: ({ start }) => start > 0 || this.#isStudied(),
            isHeld: () => this.#isHeld(),
            yields: (refusal) => source.yields(refusal),
            rest: () => this.#pointer.rest(),
            put: (row, order) => this.#put(row, order),
            turn: (page) => this.#table.draw(page),
        });
        this.#live.connected = false;
        this.#live.onArrange = () => this.#focus.hold();
        this.#live.onShown = (page) => this.#shown(page);
        this.#live.onLive = (...told) => this.onLive(...told);
        this.#reader.live = this.#live;
        this.#table = new OrdersTable({
            columns, layout, live: this.#live,
            load: (request, done) => {
                this.#owed = false;
                this.#reader.load(request,
                    (answer) => this.#fill(request, answer, done));
            },
            place: addressPick(PLACE), words: searchWords(addressGet('search')),
        });
        this.#table.onDraw(() => this.#focus.hold(), () => this.#drawn());
        this.#pointer = new PointerHold(this.#table.scroller,
            this.#table.body, () => this.#released());
        this.#room = new FractionRoom(this.#table.element);
        this.#focus = new RowFocus(this.#table.body,
            (rowId, how) => this.#acts.choose(rowId, how),
            (step) => this.#table.turn(step));
        this.#acts = new RowActs(this.#table, {
            current, choice, pointer: this.#pointer,
            enter: (field) => this.onEnter(field),
        });
        this.#errors = new ErrorBar('orders', () => this.#table.retry());
        this.#search = new SearchBox({
            input: at('orders-search'), clear: at('orders-search-clear'),
        }, {
            search: (text) => this.#table.search(searchWords(text)),
            leave: () => this.#focus.move('Home'),
        });
        this.#search.text = addressGet('search');
        onAddress(() => this.#goThere());
        this.#table.scroller.addEventListener('scroll',
            () => this.#released(), { passive: true });
        this.#table.onError((text) => this.#errors.show(text, this.#drawnAt));
        /* Times of today are shown without a date; tomorrow they need one. */
        onMidnight(() => this.#table.repaint());
    }

    /* The page's to set: Enter or a double click on a row (with the field of its
     * cell that was clicked last, or null); rows were replaced or have changed; the
     * server has answered; an order that was chosen is no more; send(command): to
     * the websocket; the rows follow, or no more (why: {code, detail}, or null). */
    onEnter = () => {};
    onDrawn = () => {};
    onRead = () => {};
    onLost = () => {};
    send = () => {};
    onLive = () => {};

    get keys() {
        return {
            '/': () => this.#search.focus(),
            s: () => this.showWaiting(),
            ...Object.fromEntries(MOVES.map((name) =>
                [name, (key) => this.#focus.move(key)])),
        };
    }

    /* An order as it is shown, or null where it is not. */
    order(id) {
        return this.#table.order(this.#table.row(id));
    }

    /* The cell of an order, or null. */
    cell(id, field) {
        return this.#table.row(id)?.node().querySelector(`.col-${field}`) ??
            null;
    }

    /* Its row, or null. */
    node(id) {
        return this.#table.row(id)?.node() ?? null;
    }

    /* May it be among those that wait to be shown? */
    isWaiting(id) {
        return this.#waiting.anyNew && id > this.#newestShown;
    }

    /* Where it is told whether an order is among those searched and filtered for;
     * null: all are. */
    amongUrl(id) {
        return this.wanted?.isFiltered
            ? this.#source.among(this.#table.searched, id) : null;
    }

    /* Those that have been removed are not among them, though struck out they
     * may stand there still. */
    get shown() {
        return this.#table.orders.filter(({ id }) => !this.#table.isGone(id));
    }

    /* {isFiltered, matching, all, totals}: are the rows those of a search or of
     * filters; how many of how many there are; sums of them, or null. */
    get counts() {
        const { recordsFiltered: matching = 0, recordsTotal: all = 0,
            totals = null } = this.#live.page ?? {};

        return { isFiltered: this.#asked?.isFiltered ?? false, matching, all,
            totals: this.#live.isLive ? totals : null };
    }

    clearSearch() {
        this.#search.empty();
    }

    isSeen(name) {
        return this.#table.isSeen(name);
    }

    get asked() {
        return this.#asked;
    }

    /* {url, isFiltered}: of what is searched and filtered for now, be it applied
     * to the rows or not; null: none were read yet. */
    get wanted() {
        this.#search.settle();
        return this.#asked?.again(this.#table.searched) ?? null;
    }

    get isLive() {
        return this.#live.isLive;
    }

    /* A cell is being changed: its row stays. */
    set editing(on) {
        this.#editing = on;
        this.#released();
    }

    get focusedId() {
        return this.#focus.now && orderIdOf(this.#focus.now);
    }

    /* Where it is not shown, the row that Tab would come to. */
    focusRow(id) {
        const node = this.#table.row(id)?.node() ??
            this.#table.body.querySelector('tr[tabindex="0"]');

        node?.focus({ preventScroll: true });
    }

    /* Other columns are to be seen. */
    columnsChanged() {
        this.#table.columnsChanged();
    }

    /* Other rows are meant now: from the first page. */
    refilter() {
        this.#table.draw();
    }

    /* What the user meant by keys or boxes may have been let go. */
    choiceChanged() {
        this.#select();
        this.#released();
    }

    /* An order as an answer has it, which events may tell too. */
    show(order) {
        this.#saw(order);
        this.#bring(order);
        this.#followUp(0);
    }

    /* Many at once. */
    showAll(orders) {
        orders.forEach((order) => this.#known.put(order));
        this.apply(orders.map((order) => ({ type: 'data.update', order })));
        this.#followUp(0);
    }

    /* One that the user has placed himself. */
    placed(order) {
        this.#known.put(order);
        this.#flashes.mark(order.id, 'data.new');
        this.#followUp(0);
    }

    /* One that is no more. */
    removed(id) {
        this.#forget(id);
        this.#strike(id);
        this.#followUp(STRIKE_MS);
    }

    /* The line */

    /* Whether the websocket can be used, for what changes. */
    set connected(isConnected) {
        this.#live.connected = isConnected;
    }

    /* A frame of it. True: it was for the rows. */
    hear(frame) {
        return this.#live.hear(frame);
    }

    /* Events in order, as handed on by the stream. */
    apply(events) {
        for (const { type, order, changed } of events) {
            if (type === 'data.delete') {
                this.#added -= order.id > this.#newestShown ? 1 : 0;
                this.#forget(order.id);
                this.#strike(order.id);
            } else {
                this.#added += order.id > this.#newest ? 1 : 0;
                this.#newest = Math.max(this.#newest, order.id);
                this.#current.update(order);
                if (!this.#live.isLive || !this.#live.has(order.id)) {
                    this.#bring(order);
                }
            }
            this.#flashes.mark(order.id, type, changed);
        }
        this.#choice?.update(events.filter(({ type }) =>
            type !== 'data.delete').map(({ order }) => order));
    }

    /* Changes may have been missed. */
    reload() {
        this.#reader.hurry();
    }

    /* The reader wants what has waited: new orders where they stand first. */
    showWaiting() {
        const { any, anyNew } = this.#waiting;

        if (!any) {
            return;
        }
        this.#waiting.tell({}, false);
        if (anyNew && this.#table.isNewestFirst) {
            this.#table.toTop();
            this.#table.draw('first');
        } else {
            this.#table.redraw();
        }
    }

    quiet() {
        this.#flashes.clear();
    }

    /* What is typed is one place until something else is asked for. */
    #tellAddress() {
        const { text } = this.#search;
        const place = { search: text, ...this.#table.place };

        if (!this.#isThere) {
            this.#isThere = true;
            addressMend(place);
        } else if (text !== addressGet('search')) {
            addressPut(place, 'search');
        } else {
            addressPut(place);
        }
    }

    #goThere() {
        const text = addressGet('search');

        this.#isThere = false;
        this.#search.text = text;
        this.#table.go(addressPick(PLACE), searchWords(text));
    }

    /* Holding */

    /* Does somebody look at just these rows? */
    #isHeld() {
        return !this.#table.isFirstPage || this.#isAtHand() ||
            this.#isStudied() || performance.now() < this.#struckUntil;
    }

    /* Has he come to look at them for longer? */
    #isStudied() {
        return this.#editing || this.#current.id !== null ||
            Boolean(this.#choice?.orders.length) ||
            this.#table.isScrolled;
    }

    /* Is somebody about to act on one of them? */
    #isAtHand() {
        return this.#editing || this.#pointer.isOn;
    }

    #released() {
        this.#live.look();
        if (this.#owed && !this.#isAtHand()) {
            this.#reader.request();
        }
    }

    /* The first one sets the time, so that rows that go on being removed hold
     * up nothing. */
    #strike(id) {
        const now = performance.now();

        if (this.#table.strike(id) && now >= this.#struckUntil) {
            this.#struckUntil = now + STRIKE_MS;
            setTimeout(() => this.#live.look(), STRIKE_MS + 1);
        }
        this.#tellWaiting();
    }

    /* Reading */

    /* Is something searched or filtered for that these rows were not read
     * by? */
    #isUnapplied() {
        return this.#asked !== null && this.#asked.words !==
            this.#source.words(this.#table.searched);
    }

    #catchUp() {
        if (this.#drawnAt === null) {
            this.#table.redraw();
        } else if (this.#isUnapplied()) {
            /* It was asked for, so it is no news to who looks at the rows. */
            this.#owed = this.#isAtHand();
            if (!this.#owed) {
                this.#table.draw();
            }
        } else {
            this.#reader.again();
        }
    }

    /* The user has changed something himself: where the rows don't follow by
     * themselves. */
    #followUp(delay) {
        if (!this.#live.isLive) {
            this.#reader.request(delay);
        }
    }

    #fill(request, answer, done) {
        this.#asked = this.#source.ask(request);
        this.#table.made();
        this.#tellAddress();
        done(answer);
        this.#choice?.update(answer.data);
    }

    async #read(isDraw) {
        this.#drawnAt = new Date();
        this.#errors.hide();
        this.#tellApplied();
        this.onRead();
        if (!isDraw) {
            await this.#renew();
        }
    }

    /* Rows that stay though the page has them no more. */
    async #renew() {
        const others = this.shown.filter(({ id }) => !this.#live.has(id));

        this.#choice?.update(this.#live.page.data);
        if (!this.#isHeld()) {
            return;
        }
        try {
            await renewRows(others, {
                changed: (order) => {
                    this.#saw(order);
                    this.#bring(order);
                },
                gone: (id) => {
                    this.#forget(id);
                    this.#strike(id);
                },
            });
        } catch (error) {
            this.#failed(error);
        }
    }

    #failed(failure) {
        const empty = this.#table.element.querySelector('td.dt-empty');

        this.#table.missed();
        this.#focus.stay();
        this.#errors.show(failure.words ?? failure.message, this.#drawnAt,
            !this.#tellApplied());
        if (empty && !this.#drawnAt) {
            empty.textContent = 'No orders to show yet.';
        }
        if (!(failure instanceof Problem)) {
            console.error(failure);
        }
    }

    /* Do these rows belong to what is searched and filtered for? */
    #tellApplied() {
        return !this.#table.element.closest('.orders')
            .classList.toggle('is-unapplied', this.#isUnapplied());
    }

    /* Showing */

    /* The rows were replaced. */
    #drawn() {
        this.#table.restoreDetails();
        this.#placed();
        this.#tellEmpty();
    }

    /* Rows have come, gone or moved. */
    #placed() {
        this.#flashes.repaint();
        this.#focus.restore();
        this.#pointer.shifted();
        this.#choice?.tick();
        this.#select();
    }

    /* page: the newest; the rows are others where they are held. */
    #shown({ data }) {
        for (const order of data) {
            this.#known.put(order);
            this.#current.update(order);
            this.#room.fit(order);
            this.#newest = Math.max(this.#newest, order.id);
        }
        this.#choice?.update(data);
        if (this.#live.shown !== this.#placedRows) {
            this.#placedRows = this.#live.shown;
            this.#newestShown = this.#newest;
            this.#added = 0;
            this.#placed();
        }
        this.#table.tellPlace();
        this.#tellWaiting();
        this.onDrawn();
    }

    #tellWaiting() {
        const { page, shown } = this.#live;
        const { isFirstPage, isNewestFirst } = this.#table;
        const counts = !page || !shown || !this.#isHeld() ? {}
            : countWaiting(page, shown, {
                isGone: (id) => this.#table.isGone(id),
                isNew: (id) => id > this.#newestShown,
                added: this.#added,
                isNewestFirst,
                isFiltered: this.#asked?.isFiltered ?? false,
                length: this.#table.length,
            });

        this.#waiting.tell(counts,
            counts.new > 0 && isNewestFirst && !isFirstPage);
    }

    /* DataTables compares with all there are, which only a search knows. */
    #tellEmpty() {
        const empty = this.#table.element.querySelector('td.dt-empty');

        if (empty) {
            empty.textContent = this.#asked?.isFiltered ? this.#asked.none
                : emptyWords();
        }
    }

    #select() {
        this.#focus.select(this.#current.id && rowIdOf(this.#current.id));
    }

    /* An order in its row, where that shows an older one. */
    #bring(order) {
        const row = this.#table.row(order.id);

        if (row) {
            this.#put(row, order);
            this.onDrawn();
        }
    }

    #put(row, order) {
        const node = row.node();
        const { activeElement } = document;
        const inside = node.contains(activeElement) && activeElement !== node;

        if (row.data().version > order.version) {
            return;
        }
        this.#room.fit(order);
        this.#table.put(row, order);
        if (inside) {
            node.querySelector(`.${activeElement.classList[0]}`)?.focus();
        }
    }

    #saw(order) {
        this.#known.put(order);
        this.#current.update(order);
        this.#choice?.update([order]);
    }

    #forget(id) {
        const chosen = this.#choice?.forget(id);
        const lost = this.#current.forget(id) ?? chosen;

        this.#known.remove(id);
        if (lost) {
            this.onLost(lost);
        }
    }
}
