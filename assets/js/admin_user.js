/*
 * One user: what they are called and may, their password, and their logins.
 */
import { Problem, getJson, send } from './lib/api.js';
import { own, served } from './lib/base.js';
import { confirmed, say } from './lib/dialogs.js';
import { at } from './lib/dom.js';
import { ErrorBar } from './lib/error_bar.js';
import { Form, sentence } from './lib/form.js';
import { formatWhen } from './lib/times.js';
import { isSuperuser, startFrame } from './page/frame.js';
import {
    endAll, sessionsList, socketsList, tokensList,
} from './accounts/login_lists.js';
import { isolated } from './lib/names.js';
import { activeCell, nameWords, roleWords } from './accounts/user_words.js';
import './page/password_question.js';

const DENIED = 'Only superusers can change users and see their logins.';

const [id] = /\d+/.exec(own(location.pathname));
const path = `/api/users/${id}/`;
const errors = new ErrorBar('user', () => read());
let user = null;

const details = new Form(at('details').querySelector('form'), {
    async send(values) {
        const changes = Object.fromEntries(Object.entries(values).filter(
            ([name, value]) => (user[name] ?? '') !== value));

        return Object.keys(changes).length
            ? send('PATCH', path, changes)
            : user;
    },
    done(answer) {
        show(answer);
        say('Saved; it applies everywhere now.', false, at('details'));
    },
});
const password = new Form(at('password').querySelector('form'), {
    send: (values) => send('POST', `${path}password/`, values),
    done() {
        password.reset();
        say('Password set. All logins and tokens of this user have ended.', false,
            at('password'));
        readLogins();
    },
});
const lists = [
    sessionsList(at('sessions'), `${path}sessions/`),
    socketsList(at('sockets'), `${path}sockets/`),
    tokensList(at('tokens'), `${path}tokens/`),
];

function readLogins() {
    if (isSuperuser) {
        for (const list of lists) {
            list.read();
        }
    }
}

function show(answer) {
    user = answer;
    document.title = `${user.username} - lws-app`;
    at('user-title').textContent = user.username;
    at('user-state').replaceChildren(activeCell(user));
    at('user-facts').textContent =
        [roleWords(user), nameWords(user)].filter(Boolean).join(' \u00b7 ');
    at('user-orders').href =
        served(`/admin/orders/?${new URLSearchParams({ owner: user.username })}`);
    at('user-audit').href =
        served(`/admin/audit/?${new URLSearchParams({ actor: user.username })}`);
    details.fill(user);
    showFactor();
    at('active').textContent = user.is_active ? 'Deactivate' : 'Activate';
    at('active').classList.toggle('danger', user.is_active);
    at('user').hidden = false;
}

function showMissing() {
    errors.hide();
    at('user-title').textContent = `User ${id}`;
    at('user').hidden = at('user-related').hidden = true;
    at('user-missing-text').textContent = `There is no user ${id}.`;
    at('user-missing').hidden = false;
}

function showFactor() {
    const { second_factor: since, second_factor_required: required } = user;

    at('factor-facts').textContent = since
        ? `On since ${formatWhen(since)}.`
        : required
            ? 'Off, and required: nothing else is allowed before it is set up.'
            : 'Off: the password alone is enough to log in.';
    at('factor-reset').hidden = !since;
    at('factor-reset').disabled = isOneself();
    at('factor-reset').title = isOneself()
        ? 'Turn off your own under Account.' : '';
}

const isOneself = () => user.username ===
    document.querySelector('.menu-name').textContent;

async function resetFactor() {
    const name = user.username;

    if (!await confirmed({
        title: `Remove the second factor of ${isolated(name)}?`,
        text: 'For somebody who has lost both phone and recovery codes. All their ' +
            'logins end, and the password alone is enough for the next one.',
        verb: 'Remove',
    })) {
        return;
    }
    say('', false, at('factor'));
    try {
        await send('DELETE', `${path}second-factor/`);
        say('Removed; the logins have ended.', false, at('factor'));
    } catch (error) {
        if (!(error instanceof Problem)) {
            throw error;
        }
        say(`${sentence(error.words)}.`, true, at('factor'));
    }
    await read();
    readLogins();
    at('factor-title').focus();
}

async function read() {
    try {
        show(await getJson(path));
        errors.hide();
    } catch (error) {
        if (!(error instanceof Problem)) {
            throw error;
        }
        if (error.status === 404) {
            showMissing();
        } else {
            errors.show(error.message);
        }
    }
}

async function turnActive() {
    const turned = !user.is_active;

    if (!turned && !await confirmed({
        title: `Deactivate ${isolated(user.username)}?`,
        text: 'All logins, tokens and sockets of this user end at once. The ' +
            'orders stay, and so does what was done.',
        verb: `Deactivate ${isolated(user.username)}`,
    })) {
        return;
    }
    at('active').disabled = true;
    say('', false, at('details'));
    try {
        show(await send('PATCH', path, { is_active: turned }));
        say(turned ? `${isolated(user.username)} may log in again.`
            : `${isolated(user.username)} is deactivated.`, false, at('details'));
        readLogins();
    } catch (error) {
        if (!(error instanceof Problem)) {
            throw error;
        }
        say(`${sentence(error.words)}.`, true, at('details'));
    }
    at('active').disabled = false;
    at('active').focus();
}

/* Staff may look: what they can't do is switched off, and says why. */
function deny() {
    at('denied').textContent = DENIED;
    at('denied').hidden = false;
    for (const part of document.querySelectorAll('#user fieldset, #active')) {
        part.disabled = true;
        part.title = DENIED;
    }
    for (const list of document.querySelectorAll('.logins')) {
        list.hidden = true;
    }
}

at('factor-reset').addEventListener('click', resetFactor);
at('active').addEventListener('click', turnActive);
endAll(at('end-sessions'), lists[0], `${path}sessions/`, {
    title: 'End all logins of this user?',
    text: 'Their pages return to the login at once. Tokens stay.',
    verb: 'End all logins',
});
if (!isSuperuser) {
    deny();
}
startFrame();
read();
readLogins();
