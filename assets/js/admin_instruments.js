/*
 * The instruments: list, search, filters, and a form for a new one and for each
 * that there is.
 */
import { Problem, send } from './lib/api.js';
import { nameCell, pillCell } from './lib/cells.js';
import { confirmed, openDialog, say, startDialog } from './lib/dialogs.js';
import { at, button, isFocusLost } from './lib/dom.js';
import { FilterForm } from './lib/filter_form.js';
import { Form, sentence } from './lib/form.js';
import { formatDecimal } from './lib/format.js';
import { startFrame } from './page/frame.js';
import { isolated } from './lib/names.js';
import { PagedList } from './page/paged_list.js';
import { PlainTable } from './lib/plain_table.js';

const PATH = '/api/instruments/';
const FRESH = { multiplier: '1', active: true };

const number = (value) => (value === null ? '' : formatDecimal(value));

const table = new PlainTable(at('instruments'), [
    { title: 'Symbol', name: 'symbol', cell: ({ symbol }) =>
        nameCell(symbol) },
    { title: 'Name', name: 'name', cell: ({ name }) => nameCell(name) },
    {
        title: 'Currency', name: 'currency', cell: ({ currency }) =>
            currency ?? '',
    },
    { title: 'Tick', end: true, cell: ({ tick }) => number(tick) },
    { title: 'Lot', end: true, cell: ({ lot }) => number(lot) },
    {
        title: 'Multiplier', end: true, cell: ({ multiplier }) =>
            number(multiplier),
    },
    { title: 'State', name: 'state', cell: stateCell },
    { title: 'Orders off tick or lot', name: 'strict', cell: strictWord },
    { title: '', name: 'act', cell: editButton },
], () => (filters.filled.some(([name]) => name !== 'ordering')
    ? 'No instrument matches. Clear the filters to see all instruments.'
    : 'No instruments yet. Orders may still name any symbol.'));
const filters = new FilterForm(at('filters'), at('filters-clear'),
    () => list.readThere());
const list = new PagedList({
    name: 'instruments', one: 'instrument', table,
    query: () => new URLSearchParams(filters.filled),
});

function stateCell({ active }) {
    return active ? pillCell('active', 'new')
        : pillCell('not active', 'canceled');
}

function strictWord({ strict }) {
    return strict ? 'refused' : 'accepted';
}

function editButton(instrument) {
    const edit = button('Edit', () => open(instrument));

    edit.setAttribute('aria-label', `Edit ${instrument.symbol}`);
    return edit;
}

const dialog = at('instrument');
let shown = null; /* the one in the form; null: a new one */

const form = new Form(dialog.querySelector('form'), {
    send: (values) => (shown ? change(values) : send('POST', PATH, values)),
    done(instrument) {
        const isNew = shown === null;

        dialog.close();
        say(`${isolated(instrument.symbol)} was ${isNew ? 'added' : 'saved'}.`);
        list.read();
    },
});

function changesOf(values) {
    return Object.fromEntries(Object.entries(values).filter(
        ([name, value]) => name !== 'symbol' && (shown[name] ?? '') !== value));
}

/* What is saved is what was changed here: on top of what others have changed
 * meanwhile, once that has been seen. */
async function change(values) {
    const changes = changesOf(values);

    if (!Object.keys(changes).length) {
        return shown;
    }
    try {
        return await send('PATCH', `${PATH}${shown.id}/`, changes,
            { version: shown.version });
    } catch (error) {
        if (!error.body?.current) {
            throw error;
        }
        shown = error.body.current;
        form.fill({ ...shown, ...changes });
        throw new Problem('somebody has changed it in the meantime: fields ' +
            'that you have not edited now show the current values. Save ' +
            'again to keep your edits');
    }
}

function open(instrument) {
    shown = instrument;
    form.reset();
    form.fill(instrument ?? FRESH);
    form.verb = instrument ? 'Save' : 'Add instrument';
    at('instrument-title').textContent = instrument
        ? `Edit ${isolated(instrument.symbol)}` : 'New instrument';
    form.elements.namedItem('symbol').readOnly = instrument !== null;
    at('instrument-remove').hidden = !instrument;
    openDialog(dialog);
    if (instrument) {
        form.elements.namedItem('name').focus();
    }
}

async function remove() {
    const { id, symbol, version } = shown;

    dialog.close();
    if (!await confirmed({
        title: `Remove ${isolated(symbol)}?`,
        text: 'Its orders stay as they are. New ones will not be checked ' +
            'against a tick or lot, and no multiplier will apply to their ' +
            'value.',
        verb: `Remove ${isolated(symbol)}`,
    })) {
        open(shown);
        return;
    }
    try {
        await send('DELETE', `${PATH}${id}/`, undefined, { version });
        say(`${isolated(symbol)} was removed.`);
    } catch (error) {
        if (!(error instanceof Problem)) {
            throw error;
        }
        say(`${sentence(error.status === 412
            ? `${isolated(symbol)} was changed in the meantime: nothing was ` +
                'removed' : error.words)}.`, true);
    }
    await list.read();
    if (isFocusLost()) {
        at('add').focus();
    }
}

startDialog(dialog);
at('add').addEventListener('click', () => open(null));
at('instrument-remove').addEventListener('click', remove);
startFrame({
    '/': () => at('filters').elements.search.focus(),
    n: () => open(null),
});
list.read();
