/*
 * The users: list, search, filters, and a form for a new one.
 */
import { send } from './lib/api.js';
import { nameCell, whenCell } from './lib/cells.js';
import { openDialog, say, startDialog } from './lib/dialogs.js';
import { at, link } from './lib/dom.js';
import { FilterForm } from './lib/filter_form.js';
import { Form } from './lib/form.js';
import { isSuperuser, startFrame } from './page/frame.js';
import { isolated } from './lib/names.js';
import { PagedList } from './page/paged_list.js';
import { PlainTable } from './lib/plain_table.js';
import { activeCell, nameWords, rightsWords, roleWords } from './accounts/user_words.js';
import './page/password_question.js';

const table = new PlainTable(at('users'), [
    {
        title: 'Username', name: 'username', cell: ({ id, username }) =>
            link(nameCell(username), `/admin/users/${id}/`),
    },
    { title: 'Name', name: 'name', cell: (user) =>
        nameCell(nameWords(user)) },
    { title: 'Email', name: 'email', cell: ({ email }) =>
        nameCell(email) },
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
const filters = new FilterForm(at('filters'), at('filters-clear'),
    () => list.readThere());
const list = new PagedList({ name: 'users', one: 'user', table, query });

function query() {
    const asked = new URLSearchParams(filters.filled);

    /* One choice of the form stands for two of the API's filters. */
    const role = asked.get('role');

    asked.delete('role');
    if (role) {
        asked.set(role === 'superuser' ? 'is_superuser' : 'is_staff',
            String(role !== 'trader'));
    }
    if (!asked.has('ordering')) {
        asked.set('ordering', 'username');
    }
    return asked;
}

const dialog = at('user-new');
const form = new Form(dialog.querySelector('form'), {
    send: (values) => send('POST', '/api/users/', values),
    done: (user) => {
        dialog.close();
        say(`${isolated(user.username)} was added.`);
        list.read();
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
startFrame({
    '/': () => at('filters').elements.search.focus(),
    n: openForm,
});
list.read();
