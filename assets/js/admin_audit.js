/*
 * The audit: what was done by whom, newest first, older on demand.
 */
import { Problem, getJson, pathOf } from './lib/api.js';
import { AUDIT_COLUMNS } from './admin/audit_rows.js';
import { at, plural } from './lib/dom.js';
import { ErrorBar } from './lib/error_bar.js';
import { FilterForm, midnight } from './lib/filter_form.js';
import { startFrame } from './page/frame.js';
import { PlainTable } from './lib/plain_table.js';
import { Refresh } from './lib/refresh.js';

const PAGE_SIZE = 50;

/* field of the form: value -> what is sent */
const WORDS = {
    since: (day) => midnight(day),
    until: (day) => midnight(day, 1, -1),
};

const table = new PlainTable(at('audit'), AUDIT_COLUMNS,
    'No action matches the filters. Clear them to see all actions.');
const filters = new FilterForm(
    at('filters'), at('filters-clear'), () => read());
const errors = new ErrorBar('actions', () => read());
const refresh = new Refresh(() => read());
let readAt = null;
let asked = 0;
let shown = 0;
let next = null;

function firstUrl() {
    const query = new URLSearchParams(filters.filled.map(
        ([name, value]) => [name, (WORDS[name] ?? String)(value)]));

    query.set('page_size', PAGE_SIZE);
    return `/api/audit/?${query}`;
}

function tell() {
    at('audit-count').textContent = next
        ? `${plural(shown, 'action')} shown, and there are older ones`
        : `${plural(shown, 'action')} in all`;
    at('older').hidden = !next;
}

/* older: below those that are shown; else from the newest. */
async function read(older = false) {
    const mine = ++asked;
    let isRead = older;

    refresh.started();
    at('older').disabled = true;
    try {
        const answer = await getJson(older ? next : firstUrl());

        if (mine !== asked) {
            return;
        }
        if (older) {
            table.add(answer.results);
        } else {
            table.show(answer.results);
        }
        shown = (older ? shown : 0) + answer.results.length;
        next = pathOf(answer.next);
        errors.hide();
        readAt = new Date();
        isRead = true;
        tell();
    } catch (error) {
        if (!(error instanceof Problem)) {
            throw error;
        }
        if (mine === asked) {
            errors.show(error.words, readAt, readAt !== null && !older);
            table.fail('Nothing to show yet.');
        }
    } finally {
        at('older').disabled = false;
        if (mine === asked) {
            refresh.finished(isRead);
        }
    }
}

at('older').addEventListener('click', () => read(true));
at('again').addEventListener('click', () => read());
startFrame({
    f: () => at('filters').elements.actor.focus(),
    o: () => (next ? read(true) : false),
});
read();
