/*
 * The logins of one account, each with what ends it: sessions, sockets and
 * tokens, of oneself or, for superusers, of another user.
 */
import { Problem, getJson, send } from '../lib/api.js';
import { agentCell, pillCell, whenCell } from '../lib/cells.js';
import { confirmed, say } from '../lib/dialogs.js';
import { button, element } from '../lib/dom.js';
import { formatCount, formatFixed } from '../lib/format.js';
import { sentence } from '../lib/form.js';
import { PlainTable } from '../lib/plain_table.js';

/* section: with a table, a .said and perhaps a button .end-all. */
class LoginList {
    #section;
    #path;
    #table;
    #words;
    #note = element('p', { class: 'padded second' });

    /* path: of the list; DELETE of path + id ends one of them. words: {one,
     * verb, done, ask(row)}, and perhaps note(answer): what is to be said of it,
     * or ''. */
    constructor(section, path, columns, words) {
        this.#section = section;
        this.#path = path;
        this.#words = words;
        this.#table = new PlainTable(section.querySelector('table'), [
            ...columns,
            { title: 'End', name: 'act', end: true, cell: (row) => this.#act(row) },
        ], words.none);
        this.#note.setAttribute('role', 'status');
        section.append(this.#note);
        this.#tell({});
    }

    /* The owner's to set: one of them has ended. */
    onEnded = () => {};

    async read() {
        try {
            const answer = await getJson(this.#path);

            this.#table.show(answer.results);
            this.#tell(answer);
            return answer.results;
        } catch (error) {
            if (!(error instanceof Problem)) {
                throw error;
            }
            this.#table.fail(`${sentence(error.message)}.`);
            return [];
        }
    }

    #tell(answer) {
        this.#note.textContent = this.#words.note?.(answer) ?? '';
        this.#note.hidden = !this.#note.textContent;
    }

    say(text, isError = false) {
        say(text, isError, this.#section);
    }

    #act(row) {
        const node = button(this.#words.verb, () => this.#end(row, node));
        const name = this.#words.ask(row);

        node.setAttribute('aria-label', `${this.#words.verb}: ${name}`);
        return node;
    }

    async #end(row, node) {
        const { verb, one, ask, done, text } = this.#words;

        if (!await confirmed({
            title: `${verb} ${one} ${ask(row)}?`, text: text(row),
            verb: `${verb}`,
        })) {
            return;
        }
        node.disabled = true;
        this.say('');
        try {
            await send('DELETE', `${this.#path}${row.id}/`);
            this.say(`${sentence(one)} ${ask(row)} ${done}.`);
            this.onEnded(row.id);
        } catch (error) {
            if (!(error instanceof Problem)) {
                throw error;
            }
            this.say(`${sentence(error.message)}.`, true);
        }
        await this.read();
        this.#section.querySelector('h2').focus();
    }
}

export function sessionsList(section, path) {
    return new LoginList(section, path, [
        { title: 'From', name: 'address', cell: ({ address }) => address },
        { title: 'Device', name: 'agent', cell: ({ user_agent: agent }) =>
            agentCell(agent) },
        { title: 'Since', name: 'since', cell: ({ created }) =>
            whenCell(created) },
        { title: 'Last used', name: 'when', cell: ({ current, last_used: used }) =>
            current ? pillCell('this one', 'new') : whenCell(used) },
    ], {
        one: 'the login from',
        verb: 'End now',
        done: 'has ended',
        none: 'There are no logins.',
        ask: ({ address }) => address || 'an unknown address',
        text: ({ current }) => current
            ? 'It is the one you are using: you will have to log in again.'
            : 'Its pages return to the login at once.',
    });
}

/* On several machines one by one. */
export function socketsList(section, path) {
    return new LoginList(section, path, [
        { title: 'From', name: 'address', cell: ({ address, machine }) =>
            machine ? `${address}, at ${machine}` : address },
        { title: 'By', name: 'agent', cell: ({ token }) =>
            token ? `token ${token}` : 'a login' },
        { title: 'Opened', name: 'when', cell: ({ opened }) =>
            whenCell(opened) },
    ], {
        one: 'the socket from',
        verb: 'End now',
        done: 'has ended',
        none: 'There are no sockets.',
        note: ({ unanswered = [] }) => unanswered.length
            ? `Not listed: those at ${unanswered.join(', ')}, which did not ` +
                'answer.' : '',
        ask: ({ address }) => address || 'an unknown address',
        text: () => 'Its page opens another one at once, for as long as its login lasts.',
    });
}

/* Of everybody, the dearest first. */
export function viewsList(section) {
    return new LoginList(section, '/api/views/', [
        { title: 'User', name: 'actor', cell: ({ username }) => username },
        { title: 'View', name: 'name', cell: ({ name }) => name },
        { title: 'Stream', name: 'stream', cell: ({ stream }) =>
            stream ?? '' },
        { title: 'Engine, ms/s', name: 'cost', end: true, cell: ({
            engine_us_per_s: us,
        }) => formatFixed(us / 1000, 2) },
        { title: 'Memory, KB', name: 'cost', end: true, cell: ({ bytes }) =>
            formatCount(Math.ceil(bytes / 1024)) },
        { title: 'Shared by', name: 'cost', end: true, cell: ({ sharers }) =>
            formatCount(sharers) },
        { title: 'Opened', name: 'when', cell: ({ opened }) =>
            whenCell(opened) },
    ], {
        one: 'the live view of',
        verb: 'End now',
        done: 'has ended',
        none: 'Nobody has a live view open.',
        ask: ({ username }) => username,
        text: ({ name }) => `The page with the view ${name} shows that it is ` +
            'not live, and why, and keeps up to date by polling.',
    });
}

export function tokensList(section, path) {
    return new LoginList(section, path, [
        { title: 'Name', name: 'name', cell: ({ name }) =>
            name || element('span', { class: 'second' }, 'no name') },
        { title: 'Allowed', name: 'scopes', cell: ({ scopes }) =>
            scopes?.length ? scopes.join(', ') : 'everything its user may do' },
        { title: 'Created', name: 'since', cell: ({ created }) =>
            whenCell(created) },
        { title: 'Last used', name: 'when', cell: ({ last_used: used }) =>
            whenCell(used) },
        { title: 'Expires', name: 'when', cell: ({ expires }) =>
            whenCell(expires, 'never') },
    ], {
        one: 'the token',
        verb: 'Revoke',
        done: 'is revoked',
        none: 'There are no tokens.',
        ask: ({ id, name }) => name || `number ${id}`,
        text: () => 'Whatever uses it will be refused from now on, and its ' +
            'sockets end.',
    });
}

/* A button that ends all of a list at once. ask: what confirmed() asks. */
export function endAll(node, list, path, ask) {
    node.addEventListener('click', async () => {
        if (!await confirmed(ask)) {
            return;
        }
        node.disabled = true;
        list.say('');
        try {
            await send('DELETE', path);
            list.say('All of them have ended.');
        } catch (error) {
            if (!(error instanceof Problem)) {
                throw error;
            }
            list.say(`${sentence(error.message)}.`, true);
        }
        node.disabled = false;
        node.focus();
        await list.read();
    });
}
