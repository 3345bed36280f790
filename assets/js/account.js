/*
 * One's own account: name and password, second factor, logins, tokens.
 */
import { readActivity } from './accounts/activity_list.js';
import { Problem, getJson, send } from './lib/api.js';
import { openDialog, say, startDialog } from './lib/dialogs.js';
import { at } from './lib/dom.js';
import { Form } from './lib/form.js';
import { startFrame } from './page/frame.js';
import { endAll, sessionsList, tokensList } from './accounts/login_lists.js';
import './page/password_question.js';
import { isDue, startSecondFactor } from './accounts/second_factor.js';

const DAY_S = 86400;
/* The boxes of a new token, and what each stands for. */
const SCOPES = [
    ['read', 'orders:read'], ['write', 'orders:write'],
    ['market_read', 'market:read'], ['market_write', 'market:write'],
    ['admin', 'admin'],
];

const sessions = sessionsList(at('sessions'), '/api/sessions/');
const tokens = tokensList(at('tokens'), '/api/token/');
let madeToken = null; /* the id of the one whose text is shown */

const details = new Form(at('details').querySelector('form'), {
    send: (values) => send('PATCH', '/api/me/', values),
    done() {
        say('Saved.', false, at('details'));
        readActivity();
    },
});
const password = new Form(at('password').querySelector('form'), {
    async send({ old_password, new_password, again }) {
        if (new_password !== again) {
            throw fault('again', 'is not the same as above');
        }
        await send('POST', '/api/me/password/', { old_password, new_password });
    },
    done() {
        password.reset();
        say('Password changed. All other logins and all tokens have ended.', false,
            at('password'));
        sessions.read();
        hideToken();
        tokens.read();
        readActivity();
    },
});
const token = new Form(at('token-new').querySelector('form'), {
    send({ name, days, ...may }) {
        const scopes = SCOPES.filter(([box]) => may[box])
            .map(([, scope]) => scope);

        if (!scopes.length) {
            throw fault('read', 'choose what the token may do');
        }
        return send('POST', '/api/token/', {
            name, expires_in: Number(days) * DAY_S, scopes,
        });
    },
    done(made) {
        at('token-new').close();
        madeToken = made.id;
        at('token-made').hidden = false;
        at('token-text').value = made.token;
        at('token-text').focus();
        at('token-text').select();
        tokens.say('Created. Copy it now: it will not be shown again.');
        tokens.read();
        readActivity();
    },
});

tokens.onEnded = (id) => {
    if (id === madeToken) {
        hideToken();
    }
};

function hideToken() {
    madeToken = null;
    at('token-text').value = '';
    at('token-made').hidden = true;
}

function fault(field, text) {
    return new Problem(text, 400, { errors: { [field]: [text] } });
}

async function copyToken() {
    at('token-text').select();
    try {
        await navigator.clipboard.writeText(at('token-text').value);
        tokens.say('Copied.');
    } catch {
        tokens.say('The browser does not allow this: the token is selected, ' +
            'copy it yourself.', true);
    }
}

async function readDetails() {
    const me = await getJson('/api/me/');

    details.fill(me);
    /* Nobody gets by a token what he may not do himself. */
    at('token-feed').hidden = !me.may_feed;
}

/* A list that is let go of is not shown again, to anybody who passes by. */
at('token-done').addEventListener('click', () => {
    hideToken();
    tokens.say('');
    at('token-open').focus();
});
at('token-copy').addEventListener('click', copyToken);
at('token-open').addEventListener('click', () => {
    token.reset();
    openDialog(at('token-new'));
});
at('end-sessions').textContent = 'Log out everywhere';
startDialog(at('token-new'));
endAll(at('end-others'), sessions, '/api/sessions/?keep=current', {
    title: 'End all other logins?',
    text: 'Their pages return to the login at once; this one stays.',
    verb: 'End all others',
});
endAll(at('end-sessions'), sessions, '/api/sessions/', {
    title: 'Log out everywhere?',
    text: 'All your pages return to the login, this one included.',
    verb: 'Log out everywhere',
});
startFrame();
startSecondFactor(() => sessions.read());
if (!isDue) {
    readDetails();
    sessions.read();
    tokens.read();
    readActivity();
}
