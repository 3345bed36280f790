/*
 * A DataTable that is sorted, searched, filtered and paged on the server, and
 * live: its ajax function asks over a websocket, and what changes there comes
 * without a request. Knows no page: whoever has the socket gives it a way to
 * send, and every frame that comes. Uses DataTables by its public API alone; the
 * table needs serverSide: true, deferRender: false and rowId: 'DT_RowId'.
 *
 * Patches are applied once a frame of the screen:
 * - a change of shown rows, in place: the same nodes, with the same focus;
 * - rows that come, leave or move: their nodes are put in order in the table's
 *   body, and DataTables itself is told when it is quiet, by a draw that is
 *   answered from the page held here (it takes several times as long). Until
 *   then ask view.page, not the table, which rows there are.
 */
import { applied, merged, pageOf } from './live_page.js';

const SETTLE_MS = 300; /* after the last patch */
const SETTLE_MAX_MS = 5000; /* and at the latest so long after the first */
const HIDDEN_MS = 1000; /* between two looks at a page that nobody sees */
const HIDDEN_RATE = 1;

/* What an answer to a request depends on, but for where its page begins. */
const wordsOf = (request) =>
    JSON.stringify({ ...request, draw: 0, start: 0 });

export class LiveView {
    #send;
    #fallback;
    #options;
    #anchored;
    #table = null;
    #isConnected = true;
    #ref = 0;
    #asked = null; /* { ref, request, done }: not answered yet */
    #request = null; /* what the page was asked for by */
    #page = null;
    #patch = null; /* came, and not applied yet */
    #holds = 0;
    #look = 0; /* a frame of the screen, or a timer */
    #answersItself = false;
    #settling = 0;
    #unsettledAt = 0;
    #shift = 0; /* how much further down an anchored page is than asked for */
    #retry = 0;

    /* Told of every page that is shown; the table may be drawn by then, or its
     * rows put in order. */
    onShown = () => {};
    /* The view has ended by itself, and is asked for again: why. */
    onEnded = () => {};

    /*
     * send(object): to the websocket, as JSON.
     * fallback(request, done): answers a draw without it: an ajax function of
     * DataTables'.
     * id: the view's name on this socket; maxRate: patches a second; stream:
     * whose orders (for staff); anchored(request): whether the window stays
     * where it is when rows come above it.
     */
    constructor({ send, fallback, id = 'grid', maxRate = 20, stream,
                  anchored = () => false }) {
        this.#send = send;
        this.#fallback = fallback;
        this.#options = { id, max_rate: maxRate, stream };
        this.#anchored = anchored;
        document.addEventListener('visibilitychange', () => {
            if (this.#page) {
                this.#change({ max_rate: this.#rate() });
            }
        });
    }

    /* The DataTable, once it is made. */
    set table(table) {
        this.#table = table;
    }

    /* What is shown: { seq, start, above, recordsTotal, recordsFiltered, data }.
     * Null: not live. */
    get page() {
        return this.#page;
    }

    /* DataTables' ajax option. */
    ajax = (request, done) => {
        if (this.#answersItself) {
            const { recordsTotal, recordsFiltered, data } = this.#page;

            done({ draw: request.draw, recordsTotal, recordsFiltered, data });
            return;
        }
        this.#forget();
        if (!this.#request || request.start === 0 ||
            wordsOf(request) !== wordsOf(this.#request)) {
            this.#shift = 0;
        }
        this.#request = request;
        if (this.#isConnected) {
            this.#ask(request, done);
        } else {
            this.#fallback(request, done);
        }
    };

    /* A frame of the socket, of whatever kind. True: it was this view's. */
    hear(frame) {
        /* A daemon that knows no views gives no id back. */
        const id = frame.command === 'view' && frame.ref === this.#asked?.ref
            ? this.#options.id : frame.id;

        if (id !== this.#options.id ||
            (frame.command !== 'view' && frame.type !== 'view')) {
            return false;
        }
        if (frame.command) {
            this.#hearAnswer(frame);
        } else if (frame.error) {
            this.#hearEnd(frame.error);
        } else if (this.#page) {
            this.#hearPatch(frame);
        }
        return true;
    }

    /* Whether the socket can be used. When it comes back the page is drawn. */
    set connected(isConnected) {
        const asked = this.#asked;

        if (isConnected === this.#isConnected) {
            return;
        }
        this.#isConnected = isConnected;
        this.#forget();
        if (isConnected) {
            this.#table?.draw('page');
        } else if (asked) {
            this.#fallback(asked.request, asked.done);
        }
    }

    /* While it is held (a button is down, a cell is edited, text is selected)
     * no row is replaced. */
    hold() {
        this.#holds++;
    }

    release() {
        this.#holds--;
        if (this.#holds === 0 && this.#patch) {
            this.#arm();
        }
    }

    /* Whether the window stays where it is, from now on. */
    set isAnchored(isAnchored) {
        if (this.#page) {
            this.#change({ anchor: isAnchored });
        }
    }

    #rate() {
        return document.hidden ? HIDDEN_RATE : this.#options.max_rate;
    }

    #change(what) {
        if (this.#isConnected) {
            this.#send({ command: 'view', id: this.#options.id, ...what });
        }
    }

    /* Nothing of a page before counts any more. */
    #forget() {
        this.#asked = this.#page = this.#patch = null;
        this.#unsettledAt = 0;
        clearTimeout(this.#settling);
        clearTimeout(this.#retry);
    }

    #ask(request, done) {
        const start = request.start + this.#shift;

        this.#asked = { ref: ++this.#ref, request, done };
        this.#send({
            command: 'view', ...this.#options, max_rate: this.#rate(),
            ref: this.#ref, params: { ...request, start },
            anchor: this.#anchored(request) || this.#shift > 0,
        });
    }

    #hearAnswer(answer) {
        const asked = this.#asked;

        if (!asked || answer.ref !== asked.ref) {
            return;
        }
        if (answer.code === 'throttled') {
            this.#retry = setTimeout(
                () => this.#ask(asked.request, asked.done),
                answer.retry_ms ?? HIDDEN_MS);
        } else if (answer.status !== 'ok') {
            this.#asked = null;
            this.#fallback(asked.request, asked.done);
        } else {
            this.#asked = null;
            this.#page = pageOf(answer);
            asked.done({ draw: asked.request.draw, ...this.#page });
            if (this.#table && this.#isBehindTheEnd()) {
                this.#drawLast();
            } else {
                this.onShown(this.#page);
            }
        }
    }

    #hearEnd(error) {
        this.#forget();
        this.onEnded(error);
        this.#retry = setTimeout(() => this.#table?.draw('page'),
                                 Math.random() * (error.delay_ms ?? 0));
    }

    #hearPatch(patch) {
        if (patch.from !== (this.#patch ?? this.#page).seq) {
            this.#forget();
            this.#table?.draw('page');
            return;
        }
        this.#patch = merged(this.#patch, patch);
        this.#arm();
    }

    /* With the next frame of the screen; of a page that nobody sees there are
     * none. */
    #arm() {
        const look = () => {
            this.#look = 0;
            this.#apply();
        };

        if (this.#holds || this.#look) {
            return;
        }
        this.#look = document.hidden ? setTimeout(look, HIDDEN_MS)
            : requestAnimationFrame(look);
    }

    #apply() {
        const patch = this.#patch;
        const before = this.#page;

        if (!patch || !before || this.#holds) {
            return;
        }
        this.#patch = null;
        this.#page = applied(before, patch);
        if (this.#page.start !== undefined) {
            this.#shift = this.#page.start - this.#request.start;
        }
        if (this.#isBehindTheEnd()) {
            this.#drawLast();
            return;
        }
        if (patch.ids) {
            this.#arrange(patch.rows);
        } else {
            this.#refresh(patch.rows);
        }
        if (patch.ids || this.#page.recordsFiltered !== before.recordsFiltered
            || this.#page.recordsTotal !== before.recordsTotal) {
            this.#settleSoon();
        }
        this.onShown(this.#page);
    }

    #isBehindTheEnd() {
        return this.#page.data.length === 0 && this.#page.recordsFiltered > 0;
    }

    /* DataTables' own count is of when it was drawn last. */
    #drawLast() {
        const { recordsFiltered } = this.#page;

        this.#shift = 0;
        this.#table.page(Math.ceil(recordsFiltered / this.#request.length) - 1)
            .draw('page');
    }

    #refresh(rows) {
        for (const row of rows.values()) {
            this.#table.row(`#${row.DT_RowId}`).data(row);
        }
    }

    #nodeOf(row, isChanged) {
        let shown = this.#table.row(`#${row.DT_RowId}`);

        if (!shown.any()) {
            shown = this.#table.row.add(row);
        } else if (isChanged) {
            shown.data(row);
        }
        return shown.node();
    }

    /* Few nodes are moved, and none that stays where it is. */
    #arrange(changed) {
        const body = this.#table.table().body();
        const nodes = this.#page.data.map(
            (row) => this.#nodeOf(row, changed.has(row.id)));
        const kept = new Set(nodes);
        let at;

        if (nodes.length === 0) {
            this.#settle(); /* the row that says that there are none */
            return;
        }
        for (const node of [...body.children]) {
            if (!kept.has(node)) {
                node.remove();
            }
        }
        at = body.firstElementChild;
        for (const node of nodes) {
            if (node === at) {
                at = at.nextElementSibling;
            } else if (at?.nextElementSibling === node) {
                body.append(at);
                at = node.nextElementSibling;
            } else {
                body.insertBefore(node, at);
            }
        }
    }

    #settleSoon() {
        const now = performance.now();

        this.#unsettledAt ||= now;
        clearTimeout(this.#settling);
        this.#settling = setTimeout(() => this.#settle(), Math.min(
            SETTLE_MS, Math.max(0, this.#unsettledAt + SETTLE_MAX_MS - now)));
    }

    /* DataTables' own counts, pager and order of rows. */
    #settle() {
        const focused = document.activeElement?.closest('tr[id]')?.id;

        clearTimeout(this.#settling);
        if (!this.#page) {
            return;
        }
        if (this.#holds) {
            this.#settling = setTimeout(() => this.#settle(), SETTLE_MS);
            return;
        }
        this.#unsettledAt = 0;
        this.#answersItself = true;
        try {
            this.#table.draw('page');
        } finally {
            this.#answersItself = false;
        }
        if (focused && document.activeElement === document.body) {
            document.getElementById(focused)?.focus({ preventScroll: true });
        }
    }
}
