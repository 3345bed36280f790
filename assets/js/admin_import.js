/*
 * Orders from a file: looked at first, then placed, a thousand at a time, as
 * `lws-app import` does.
 */
import { Problem, send } from './lib/api.js';
import { at, element, plural } from './lib/dom.js';
import { formatCount, formatDecimal } from './lib/format.js';
import { startFrame } from './page/frame.js';
import { headOf, isCsv, parts, readText } from './admin/import_text.js';
import { isolated } from './lib/names.js';
import { PlainTable } from './lib/plain_table.js';

const FAULTS_SHOWN = 200;
const ROWS_SHOWN = 20;
const FIELDS = ['instrument', 'side', 'quantity', 'price', 'client_order_id',
    'owner', 'status', 'filled_quantity', 'average_price'];
/* In an export, and given anew. */
const PASSED = ['id', 'version', 'position', 'created', 'updated'];

const form = at('import');
const faults = new PlainTable(at('faults'), [
    { title: 'Line', cell: ({ line }) => formatCount(line), end: true },
    { title: 'What is wrong', cell: faultWords },
], 'None.');
const rows = new PlainTable(at('rows'), [
    { title: 'Line', cell: ({ line }) => formatCount(line), end: true },
    { title: 'Instrument', cell: ({ instrument }) => instrument },
    { title: 'Owner', cell: ({ owner }) => owner },
    { title: 'Side', cell: ({ side }) => side },
    {
        title: 'Quantity', cell: ({ quantity }) => formatDecimal(quantity),
        end: true,
    },
    { title: 'Price', cell: ({ price }) => formatDecimal(price), end: true },
    { title: 'Status', cell: ({ status }) => status },
    { title: 'Order', cell: ({ existing }) => existing ? 'already there' : 'new' },
], 'None.');
const NO_FILE = 'Choose a file first.';
let text = null; /* of the file, once it is read */
let unread = NO_FILE; /* why it is not */
let isBusy = false;
let isStopped = false;

function faultWords({ detail, errors }) {
    const words = Object.entries(errors ?? {}).map(([name, messages]) =>
        `${name}: ${messages.join(', ')}`);

    return words.length ? words.join('; ') : detail;
}

const naturalOf = (head) => head.toLowerCase().replaceAll(/[ -]/g, '_');

/* A choice for each column; what a head says itself is chosen. */
function showColumns() {
    const heads = text !== null && isCsv(form.file.files[0].name)
        ? headOf(text) : [];

    at('columns').hidden = !heads.length;
    at('columns-list').replaceChildren(...heads.map((head, i) => {
        const field = element('div', { class: 'field' });
        const label = element('label', {}, head || `(column ${i + 1})`);
        const choice = element('select');
        const natural = naturalOf(head);

        label.htmlFor = choice.id = `column-${i}`;
        choice.dataset.head = head;
        choice.dataset.testid = `import-column-${i}`;
        choice.append(
            ...FIELDS.includes(natural) || PASSED.includes(natural) || !head
                ? [] : [new Option('?', '?')],
            new Option('\u2013 skip', ''),
            ...FIELDS.map((name) => new Option(name.replaceAll('_', ' '), name)));
        choice.value = FIELDS.includes(natural) ? natural
            : PASSED.includes(natural) || !head ? '' : '?';
        field.append(label, choice);
        return field;
    }));
}

const quoted = (head) => /[,="]/.test(head)
    ? `"${head.replaceAll('"', '""')}"` : head;

/* As the server takes it: only what a head does not say itself. */
function mapOf() {
    return [...at('columns-list').querySelectorAll('select')]
        .filter(({ value, dataset: { head } }) => head && value !== '?' &&
            value !== naturalOf(head) &&
            !(value === '' && PASSED.includes(naturalOf(head))))
        .map(({ value, dataset: { head } }) => `${quoted(head)}=${value}`).join(',');
}

function tell(words, error = '') {
    at('import-said').textContent = words;
    at('import-error').textContent = error;
}

function setBusy(busy, canRun) {
    isBusy = busy;
    isStopped = false;
    at('stop').hidden = !busy;
    at('check').disabled = busy;
    at('run').disabled = busy || !canRun;
    for (const field of form.querySelectorAll('input, select')) {
        field.disabled = busy;
    }
}

/* The button says what it will do. owner: of all, or '': each has its own. */
function offer(orders = 0, owner = '') {
    at('run').textContent = orders ? `Place ${plural(orders, 'order')}` +
        (owner && ` for ${isolated(owner)}`) : 'Import';
}

/* What was looked at is no longer what would be sent. */
function forget() {
    offer();
    at('run').disabled = true;
    at('faults-part').hidden = at('rows-part').hidden = true;
    tell('');
}

async function readFile() {
    const [file] = form.file.files;

    text = null;
    unread = NO_FILE;
    forget();
    if (file) {
        try {
            text = await readText(file, form.encoding.value);
        } catch (error) {
            unread = error.message;
            tell('', unread);
        }
    }
    showColumns();
}

/* Each part in turn. until(answer): whether to go on. */
async function sendAll(isDry, until) {
    const csv = isCsv(form.file.files[0].name);
    const rest = {
        format: csv ? 'csv' : 'ndjson', dry_run: isDry,
        ...form.owner.value.trim() && { owner: form.owner.value.trim() },
        ...csv && form.decimal.value && { decimal: form.decimal.value },
        ...csv && mapOf() && { map: mapOf() },
    };

    for (const { first, ...part } of parts(text, csv)) {
        sum.first = first;
        if (isStopped || !until(await send('POST', '/api/data/import/',
            { ...part, ...rest }))) {
            return;
        }
    }
}

const sum = { rows: 0, placed: 0, existing: 0, fault_count: 0 };
const bearers = new Map(); /* of the parts that were checked */

function begin() {
    offer();
    bearers.clear();
    for (const name of Object.keys(sum)) {
        sum[name] = 0;
    }
    sum.faults = [];
    sum.orders = [];
}

function add(answer) {
    for (const name of ['rows', 'placed', 'existing', 'fault_count']) {
        sum[name] += answer[name];
    }
    sum.faults.push(...answer.faults.slice(0, FAULTS_SHOWN - sum.faults.length));
    sum.orders.push(...answer.orders.slice(0, ROWS_SHOWN - sum.orders.length));
    return true;
}

/* What the server can't know, which forgot the parts before this one. */
function addRepeats(answer) {
    for (const { line, owner, client_order_id: id, ...content } of
        answer.client_order_ids) {
        const key = JSON.stringify([owner, id]);
        const first = bearers.get(key);

        if (!first) {
            bearers.set(key, { line, content: JSON.stringify(content) });
            continue;
        }
        answer.placed--;
        if (first.content === JSON.stringify(content)) {
            answer.existing++;
            continue;
        }
        answer.fault_count++;
        answer.faults.push({ line, errors: { client_order_id: [
            `is also that of line ${first.line}, which is a different order`] } });
    }
    answer.faults.sort((a, b) => a.line - b.line);
    return add(answer);
}

function show() {
    at('faults-part').hidden = !sum.faults.length;
    at('rows-part').hidden = !sum.orders.length;
    faults.show(sum.faults);
    rows.show(sum.orders);
}

const thereWords = () => sum.existing
    ? `, ${formatCount(sum.existing)} already there` : '';

async function check() {
    begin();
    setBusy(true);
    tell('Checking\u2026');
    try {
        await sendAll(true, (answer) => {
            addRepeats(answer);
            tell(`Checking\u2026 ${plural(sum.rows, 'row')}`);
            return true;
        });
        show();
        tell(isStopped ? 'Stopped: nothing was done.' : sum.fault_count
            ? `${plural(sum.rows, 'row')}, ${
                formatCount(sum.fault_count)} with errors: nothing was done.`
            : `${plural(sum.placed, 'order')} would be placed${thereWords()}.`);
        setBusy(false, !isStopped && !sum.fault_count && sum.placed > 0);
        if (!at('run').disabled) {
            offer(sum.placed, form.owner.value.trim());
        }
    } catch (error) {
        failed(error, 'Nothing was done.');
    }
}

async function run() {
    begin();
    setBusy(true);
    tell('Importing\u2026');
    try {
        await sendAll(false, (answer) => {
            add(answer);
            tell(`Importing\u2026 ${plural(sum.rows, 'row')}`);
            return true;
        });
        show();
        tell(`${plural(sum.placed, 'order')} placed${thereWords()}${
            isStopped ? ', then stopped' : ''}.`);
        setBusy(false);
    } catch (error) {
        const done = `${plural(sum.placed, 'order')} placed${thereWords()}`;
        const answer = error.body;

        if (answer?.faults) {
            sum.faults = answer.faults;
            show();
            setBusy(false);
            tell(`${done}, none from line ${formatCount(sum.first)} on: line ${
                formatCount(answer.faults[0].line)} has an error.`);
        } else {
            failed(error, `${done} before that.`);
        }
    }
}

function failed(error, done) {
    if (!(error instanceof Problem)) {
        throw error;
    }
    setBusy(false);
    tell(done, `${error.words}${error.isUnreached
        ? ': the last rows sent may have been placed all the same. Check ' +
            'again: rows with a client_order_id are not placed twice.' : ''}`);
}

startFrame();
form.file.addEventListener('change', readFile);
form.encoding.addEventListener('change', readFile);
form.addEventListener('input', ({ target }) => {
    if (!['file', 'encoding'].includes(target.name)) {
        forget();
    }
});
form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (isBusy) {
        return;
    }
    if (text === null) {
        tell('', unread);
        form.file.focus();
        return;
    }
    check();
});
at('run').addEventListener('click', run);
at('stop').addEventListener('click', () => {
    isStopped = true;
});
