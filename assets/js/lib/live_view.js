/*
 * A DataTable that is sorted, searched, filtered and paged on the server, and
 * live: it asks over a websocket, and what changes there comes without a
 * request. Knows no page: whoever has the socket gives it a way to send, and
 * every frame that comes. Uses DataTables by its public API alone; the table
 * needs serverSide: true, deferRender: false and rowId: 'DT_RowId'.
 *
 * What comes is shown once a frame of the screen:
 * - a change of shown rows, in place: the same nodes, with the same focus;
 * - rows that come, leave or move: their nodes are put in order in the table's
 *   body, and DataTables itself is told when it is quiet, by a draw that is
 *   answered from the page held here (it takes several times as long). Until
 *   then ask view.page, not the table, which rows there are.
 * While the rows are held none comes, leaves or moves, but those that are shown
 * are changed in place.
 */
import { applied, isSamePlace, pageOf } from './live_page.js';
import { paintSoon } from './paints.js';

const SETTLE_MS = 300; /* after the last change of place */
const SETTLE_MAX_MS = 5000; /* and at the latest so long after the first */
const AGAIN_MS = 1000; /* after too many commands, where no time is told */
const HIDDEN_RATE = 1;
const RETRY_MIN_MS = 4000; /* after a view was refused, or has ended */
const RETRY_MAX_MS = 30000;

/* What an answer to a request depends on, but for where its page begins. */
const wordsOf = (request) =>
    JSON.stringify({ ...request, draw: 0, start: 0 });

export class LiveView {
    #options;
    #table = null;
    #isConnected = true;
    #ref = 0;
    #asked = null; /* { ref, request, start, resolve }: not answered yet */
    #reading = null; /* the newest one, { isDraw }, that is not done yet */
    #request = null; /* what the rows shown were asked for by */
    #page = null; /* the newest that is known, shown or not */
    #pageRequest = null; /* what it was asked for by */
    #begin = 0; /* where it was asked for, whatever has come above it since */
    #isLive = false;
    #told = false; /* of that, to onLive */
    #manner = null; /* how it is looked at, as the server was told */
    #mannerRef = 0; /* of the command that told it alone */
    #rows = new Map(); /* id -> row, as the table has it */
    #shown = null; /* { ids, start }: what stands in the table's body */
    #answersItself = false;
    #settling = 0;
    #unsettledAt = 0; /* 0: DataTables knows what there is */
    #retry = 0;
    #retryMs = RETRY_MIN_MS;

    /*
     * send(object): to the websocket, as JSON.
     * fallback(request): a promise of an answer to a draw without it.
     * id: the view's name on this socket; maxRate: patches a second.
     * ask(request, start): what the view is to be, by the websocket's command:
     * params or query, stream and totals.
     * isAnchored(request): whether the window stays where it is when rows come
     * above it; isHeld(): whether the rows shown stay as they are for now. When
     * one of the two may say something else, call look().
     * yields(refusal): true: what the server refuses is asked for no more by
     * ask(), so it is worth asking again at once.
     * rest(): a promise of when rows may be replaced by those that were asked
     * for.
     * put(row, data): a row of DataTables' API is to show this.
     * turn(page): DataTables is to ask for this one.
     */
    constructor({ send, fallback, id = 'grid', maxRate = 20,
                  ask = (request, start) => ({ params: { ...request, start } }),
                  isAnchored = () => false, isHeld = () => false,
                  yields = () => false, rest = () => Promise.resolve(),
                  put = (row, data) => row.data(data),
                  turn = (page) => this.#table.page(page).draw('page') }) {
        this.#options = { send, fallback, id, maxRate, ask, isAnchored, isHeld,
                          yields, rest, put, turn };
        document.addEventListener('visibilitychange', () => this.look());
    }

    /* Rows are about to come, leave or move, outside a draw. */
    onArrange = () => {};
    /* The newest page is known, and shown as far as the rows are not held. */
    onShown = () => {};
    /* It has become live, or is no more: why, by { code, detail } where the
     * server said so, else null. */
    onLive = () => {};
    /* The page should be read again(). */
    onDue = () => this.again().catch(() => {});

    /* The DataTable, once it is made. */
    set table(table) {
        this.#table = table;
    }

    /* The newest page: { seq, start, recordsTotal, recordsFiltered, data }, with
     * totals where they were asked for, or null where none has come yet. */
    get page() {
        return this.#page;
    }

    /* Is an order in the newest page? */
    has(id) {
        return this.#page?.data.some((row) => row.id === id) ?? false;
    }

    /* Does the page follow what changes? */
    get isLive() {
        return this.#isLive;
    }

    /* The rows shown: { ids, start }, or null: start: where the first of them
     * stood when they were put there, or were asked for. */
    get shown() {
        return this.#shown;
    }

    /* DataTables' ajax option. */
    ajax = (request, done) => {
        this.load(request, done).catch((error) => done({
            draw: request.draw, recordsTotal: 0, recordsFiltered: 0, data: [],
            error: error.message,
        }));
    };

    /* As ajax, for who wants to know when it is done. True: done(answer) was
     * called; false: another reading has taken its place. Throws what the
     * fallback threw. */
    async load(request, done) {
        if (this.#answersItself) {
            this.#fill(request, done, this.#page.start);
            return true;
        }
        const goesOn = this.#request && request.start > 0 &&
            wordsOf(request) === wordsOf(this.#request);

        if (!await this.#read(request, goesOn, true)) {
            return false;
        }
        this.#request = request;
        if (this.#isBehindTheEnd()) {
            queueMicrotask(() => this.#drawLast());
            return false;
        }
        /* What came above meanwhile has not been shown. */
        this.#fill(request, done, this.#begin);
        if (this.#isConnected && !this.#isLive && !this.#retry) {
            this.#tryAgain(0);
        }
        return true;
    }

    /* The page once more, since changes may have been missed; rows come, leave
     * and move as they do live. True, false and errors as load(). */
    async again() {
        if (!this.#request || this.#reading?.isDraw) {
            return false;
        }
        if (!await this.#read(this.#request, true, false)) {
            return false;
        }
        paintSoon(this.#show);
        return true;
    }

    /* What isAnchored() and isHeld() say may be another thing now. */
    look() {
        this.#tellManner();
        if ((this.#isBehind() || this.#unsettledAt) &&
            !this.#options.isHeld()) {
            paintSoon(this.#show);
        }
    }

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
        } else if (this.#isLive && frame.error) {
            this.#ended(frame.error);
        } else if (this.#isLive) {
            this.#hearPatch(frame);
        }
        return true;
    }

    /* Whether the view may be asked for over the socket. */
    set connected(isConnected) {
        if (isConnected === this.#isConnected) {
            return;
        }
        this.#isConnected = isConnected;
        if (isConnected) {
            this.#tryAgain(0);
        } else {
            this.#end();
            this.#send({ command: 'unview' });
            this.#tell(null);
        }
    }

    #send(command) {
        this.#options.send({ id: this.#options.id, ...command });
    }

    /* How a page that is asked for by the request is looked at now. */
    #mannerOf(request) {
        return {
            anchor: Boolean(this.#options.isAnchored(request)),
            max_rate: document.hidden ? HIDDEN_RATE : this.#options.maxRate,
        };
    }

    /* It may have changed, while an answer was on its way too. */
    #tellManner() {
        if (!this.#isLive) {
            return;
        }
        const now = this.#mannerOf(this.#pageRequest);

        /* Without its anchor it would begin where the rows stood when it was
         * asked for, not where the reader wants to be. */
        if (!now.anchor && this.#begin !== this.#pageRequest.start) {
            this.onDue();
            return;
        }
        const changed = Object.entries(now).filter(
            ([name, value]) => value !== this.#manner[name]);

        if (changed.length) {
            this.#manner = now;
            this.#mannerRef = ++this.#ref;
            this.#send({ command: 'view', ref: this.#ref,
                         ...Object.fromEntries(changed) });
        }
    }

    /* Reading */

    /* How much further down the page is than it was asked for. */
    get #shift() {
        return this.#page ? this.#page.start - this.#pageRequest.start : 0;
    }

    /* goesOn: where the page shown begins counts; isDraw: DataTables shows what
     * comes. True: it has come, and rows may be replaced by it. */
    async #read(request, goesOn, isDraw) {
        const mine = { isDraw };
        const start = request.start +
            (goesOn && this.#options.isAnchored(request) ? this.#shift : 0);

        this.#end();
        this.#reading = mine;
        try {
            const live = await this.#ask(request, start);

            if (!live && mine === this.#reading) {
                const answer =
                    await this.#options.fallback({ ...request, start });

                if (mine === this.#reading) {
                    this.#take(answer, request, start);
                }
            }
            if (isDraw) {
                await this.#options.rest();
            }
            return mine === this.#reading;
        } finally {
            if (mine === this.#reading) {
                this.#reading = null;
            }
        }
    }

    #take(answer, request, start) {
        this.#page = pageOf(answer, start);
        this.#pageRequest = request;
        this.#begin = Math.min(start, this.#page.start);
    }

    /* A promise: true: the page has come, and is live. */
    #ask(request, start) {
        if (!this.#isConnected) {
            return false;
        }
        return new Promise((resolve) => {
            this.#asked = { ref: ++this.#ref, request, start, resolve };
            this.#manner = this.#mannerOf(request);
            this.#send({
                command: 'view', ...this.#options.ask(request, start),
                ...this.#manner, ref: this.#ref,
            });
        });
    }

    #hearAnswer(answer) {
        const asked = this.#asked;

        if (answer.code === 'throttled' && answer.ref === this.#mannerRef) {
            setTimeout(() => {
                this.#manner = {};
                this.#tellManner();
            }, answer.retry_ms ?? AGAIN_MS);
        } else if (!asked || answer.ref !== asked.ref) {
            return;
        } else if (answer.code === 'throttled') {
            this.#retry = setTimeout(() => {
                this.#retry = 0;
                this.#askOnceMore(asked);
            }, answer.retry_ms ?? AGAIN_MS);
        } else if (answer.status === 'ok') {
            this.#asked = null;
            this.#take(answer, asked.request, asked.start);
            this.#isLive = true;
            this.#retryMs = RETRY_MIN_MS;
            this.#tell(null);
            this.#tellManner();
            asked.resolve(true);
        } else if (this.#options.yields(answer)) {
            this.#askOnceMore(asked);
        } else {
            this.#ended(answer);
        }
    }

    #askOnceMore({ request, start, resolve }) {
        Promise.resolve(this.#ask(request, start)).then(resolve);
    }

    /* The server will have no such view now. */
    #ended(error) {
        this.#end();
        this.#tell(error);
        if (error.code === 'resync') {
            this.#tryAgain(Math.random() * (error.delay_ms ?? 0));
        } else if (error.code !== 'forbidden') {
            this.#tryAgain(this.#retryMs);
            this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MAX_MS);
        }
    }

    /* Nothing that came or comes counts any more. */
    #end() {
        const asked = this.#asked;

        this.#asked = null;
        this.#isLive = false;
        clearTimeout(this.#retry);
        clearTimeout(this.#settling);
        this.#retry = 0;
        asked?.resolve(false);
    }

    #tell(reason) {
        if (this.#told !== this.#isLive || reason) {
            this.#told = this.#isLive;
            this.onLive(this.#isLive, reason);
        }
    }

    #tryAgain(ms) {
        clearTimeout(this.#retry);
        this.#retry = setTimeout(() => {
            this.#retry = 0;
            this.onDue();
        }, ms);
    }

    #hearPatch(patch) {
        if (patch.from !== this.#page.seq) {
            this.#end();
            this.#tryAgain(0);
            return;
        }
        this.#page = applied(this.#page, patch);
        paintSoon(this.#show);
    }

    /* Showing */

    /* DataTables draws the page. start: see shown. */
    #fill({ draw }, done, start) {
        const { recordsTotal, recordsFiltered, data } = this.#page;

        this.#unsettledAt = 0;
        clearTimeout(this.#settling);
        this.#rows = new Map(data.map((row) => [row.id, row]));
        this.#shown = { ids: data.map(({ id }) => id), start };
        done({ draw, recordsTotal, recordsFiltered,
            data: data.map((row) => ({ ...row })) });
        this.onShown(this.#page);
    }

    /* Do other rows stand there than the newest page has? */
    #isBehind() {
        return this.#page !== null && this.#shown !== null &&
            !isSamePlace(this.#page, this.#shown);
    }

    #show = () => {
        if (!this.#table || !this.#shown || this.#reading?.isDraw) {
            return;
        }
        if (!this.#options.isHeld()) {
            if (this.#isBehindTheEnd()) {
                this.#drawLast();
                return;
            }
            const isBehind = this.#isBehind();

            if (isBehind) {
                this.onArrange();
                this.#arrange();
            }
            if (isBehind || this.#unsettledAt || this.#isMiscounted()) {
                this.#settleSoon();
            }
        }
        this.#refresh();
        this.onShown(this.#page);
    };

    #isBehindTheEnd() {
        return this.#page.data.length === 0 && this.#page.recordsFiltered > 0;
    }

    #drawLast() {
        const { recordsFiltered, start } = this.#page;

        this.#pageRequest = { ...this.#pageRequest, start };
        this.#options.turn(
            Math.ceil(recordsFiltered / this.#request.length) - 1);
    }

    /* Rows that stand there, in place. */
    #refresh() {
        const shown = new Set(this.#shown.ids);

        for (const row of this.#page.data) {
            if (shown.has(row.id) && this.#rows.get(row.id) !== row) {
                this.#rows.set(row.id, row);
                this.#options.put(this.#table.row(`#${row.DT_RowId}`), row);
            }
        }
    }

    /* One that left a while ago may be known to the table still. */
    #nodeOf(row) {
        let shown = this.#table.row(`#${row.DT_RowId}`);

        if (!shown.any()) {
            shown = this.#table.row.add({ ...row });
            this.#rows.set(row.id, row);
        }
        return shown.node();
    }

    /* Few nodes are moved, and none that stays where it is. What stands under a
     * row, and has no id, goes with it. */
    #arrange() {
        const { data, start } = this.#page;
        const body = this.#table.table().body();
        const nodes = data.map((row) => this.#nodeOf(row));
        const kept = new Set(nodes);
        let at;

        this.#shown = { ids: data.map(({ id }) => id), start };
        if (nodes.length === 0) {
            this.#settle(); /* the row that says that there are none */
            return;
        }
        for (const node of [...body.children]) {
            if (node.id ? !kept.has(node)
                : !kept.has(rowAbove(node))) {
                node.remove();
            }
        }
        at = body.firstElementChild;
        for (const node of nodes) {
            if (node === at) {
                at = behind(at);
            } else if (at && behind(at) === node) {
                body.append(...withBelow(at));
                at = behind(node);
            } else {
                for (const one of withBelow(node)) {
                    body.insertBefore(one, at);
                }
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

    /* Would DataTables tell other counts than there are? */
    #isMiscounted() {
        const { recordsTotal, recordsDisplay } = this.#table.page.info();

        return this.#page.recordsTotal !== recordsTotal ||
            this.#page.recordsFiltered !== recordsDisplay;
    }

    /* DataTables' own counts, pager and order of rows. */
    #settle() {
        const focused = document.activeElement?.closest('tr[id]')?.id;

        clearTimeout(this.#settling);
        if (this.#reading?.isDraw || this.#options.isHeld()) {
            return; /* Both end in what looks again. */
        }
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

function rowAbove(node) {
    let above = node.previousElementSibling;

    while (above && !above.id) {
        above = above.previousElementSibling;
    }
    return above;
}

/* The row that follows, or null. */
function behind(node) {
    let next = node.nextElementSibling;

    while (next && !next.id) {
        next = next.nextElementSibling;
    }
    return next;
}

function withBelow(node) {
    const nodes = [node];
    let next = node.nextElementSibling;

    while (next && !next.id) {
        nodes.push(next);
        next = next.nextElementSibling;
    }
    return nodes;
}
