/*
 * The users: list, search, filters, and a form for a new one.
 */
import { addressGet, addressMend, addressPut } from './address.js';
import { Problem, getJson, send } from './api.js';
import { whenCell } from './cells.js';
import { openDialog, say, startDialog } from './dialogs.js';
import { at, link, plural } from './dom.js';
import { ErrorBar } from './error_bar.js';
import { FilterForm } from './filter_form.js';
import { Form } from './form.js';
import { formatCount } from './format.js';
import { isSuperuser, startFrame } from './frame.js';
import { isolated } from './names.js';
import { PlainTable } from './plain_table.js';
import { Refresh } from './refresh.js';
import { activeCell, nameWords, rightsWords, roleWords } from './user_words.js';
import './password_question.js';

const PAGE_SIZE = 50;

const table = new PlainTable(at('users'), [
    {
        title: 'Username', name: 'username', cell: ({ id, username }) =>
            link(username, `/admin/users/${id}/`),
    },
    { title: 'Name', name: 'name', cell: nameWords },
    { title: 'Email', name: 'email', cell: ({ email }) => email },
    { title: 'State', name: 'state', cell: activeCell },
    { title: 'Role', name: 'role', cell: roleWords },
    { title: 'Own orders', name: 'rights', cell: rightsWords },
    {
        title: 'Last login', name: 'when', cell: ({ last_login: time }) =>
            whenCell(time),
    },
    {
        title: 'Since', name: 'since', cell: ({ date_joined: time }) =>
            whenCell(time),
    },
], 'No user matches. Clear the filters to see all users.');
const filters = new FilterForm(at('filters'), at('filters-clear'), readThere);
const errors = new ErrorBar('users', () => read());
const refresh = new Refresh(() => read());
let readAt = null;
let page = pageAsked();
let asked = 0;

function pageAsked() {
    const text = addressGet('page');

    return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : 1;
}

function readThere() {
    page = pageAsked();
    read();
}

function url() {
    const query = new URLSearchParams(filters.filled);

    /* One choice of the form stands for two of the API's filters. */
    const role = query.get('role');

    query.delete('role');
    if (role) {
        query.set(role === 'superuser' ? 'is_superuser' : 'is_staff',
            String(role !== 'trader'));
    }
    query.set('page', page);
    query.set('page_size', PAGE_SIZE);
    if (!query.has('ordering')) {
        query.set('ordering', 'username');
    }
    return `/api/users/?${query}`;
}

function tell({ count, previous, next, results }) {
    const first = (page - 1) * PAGE_SIZE + 1;

    at('users-count').textContent = results.length
        ? `${formatCount(first)}\u2013${
            formatCount(first + results.length - 1)} of ${formatCount(count)}`
        : '0 of 0';
    at('users-said').textContent = plural(count, 'user');
    at('previous').disabled = !previous;
    at('next').disabled = !next;
}

async function read() {
    const mine = ++asked;
    let isRead = false;

    refresh.started();
    try {
        const answer = await getJson(url());

        if (mine !== asked) {
            return;
        }
        if (page > 1 && !answer.results.length) {
            page = Math.max(1, Math.ceil(answer.count / PAGE_SIZE));
            addressMend({ page: page > 1 ? String(page) : '' });
            read();
            return;
        }
        table.show(answer.results);
        tell(answer);
        errors.hide();
        readAt = new Date();
        isRead = true;
    } catch (error) {
        if (!(error instanceof Problem)) {
            throw error;
        }
        if (mine === asked) {
            errors.show(error.words, readAt, readAt !== null);
            table.fail('Nothing to show yet.');
        }
    } finally {
        if (mine === asked) {
            refresh.finished(isRead);
        }
    }
}

function turn(step) {
    page += step;
    addressPut({ page: page > 1 ? String(page) : '' });
    read();
}

const dialog = at('user-new');
const form = new Form(dialog.querySelector('form'), {
    send: (values) => send('POST', '/api/users/', values),
    done: (user) => {
        dialog.close();
        say(`${isolated(user.username)} was added.`);
        read();
    },
});

function openForm() {
    if (isSuperuser) {
        form.reset();
        openDialog(dialog);
    } else {
        say('Only superusers can add users.', true);
    }
}

startDialog(dialog);
at('add').disabled = !isSuperuser;
at('add').title = isSuperuser ? 'Add a user (n)'
    : 'Only superusers can add users.';
at('add').addEventListener('click', openForm);
at('previous').addEventListener('click', () => turn(-1));
at('next').addEventListener('click', () => turn(1));
startFrame({
    '/': () => at('filters').elements.search.focus(),
    n: openForm,
});
read();
