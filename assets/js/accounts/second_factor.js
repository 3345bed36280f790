/*
 * One's own second factor: set up with an app, its recovery codes, turned off.
 */
import { Problem, getJson, send } from '../lib/api.js';
import { served } from '../lib/base.js';
import { openDialog, say, startDialog } from '../lib/dialogs.js';
import { at, element, plural } from '../lib/dom.js';
import { Form, sentence } from '../lib/form.js';
import { formatWhen } from '../lib/times.js';
import { qrCode } from './qr_code.js';

const PATH = '/api/me/second-factor/';
const PARTS = ['factor-off', 'factor-setup', 'factor-made', 'factor-on'];
const FEW = 3;

/* It must be, and nothing else is allowed before. */
export const isDue = document.body.dataset.setup === 'due';

let onChange = () => {};
let asked = null;

const setup = new Form(at('factor-setup'), {
    send: ({ code }) => send('POST', `${PATH}verify/`, { code }),
    done(answer) {
        say('The second factor is on: every login needs a code now. All your other ' +
            'logins have ended.', false, at('factor'));
        forget();
        at('factor-due').hidden = true;
        showCodes(answer);
        onChange();
    },
});
const both = new Form(at('factor-ask').querySelector('form'), {
    send: ({ password, code }) =>
        send('POST', PATH + asked.path, { password, code }),
    done(answer) {
        at('factor-ask').close();
        asked.done(answer);
    },
});

function show(name) {
    for (const part of PARTS) {
        at(part).hidden = part !== name;
    }
}

/* What was shown once is not left in the page. */
function forget() {
    setup.reset();
    at('factor-secret').value = '';
    at('factor-qr').replaceChildren();
    at('factor-list').replaceChildren();
}

async function read() {
    try {
        const { since, required, recovery_codes_left: left } =
            await getJson(PATH);
        const few = left <= FEW ? ' Make new ones before they run out.' : '';

        at('factor-due').hidden = !required || since !== null;
        at('factor-facts').textContent =
            `On since ${formatWhen(since)}, ` +
            `${plural(left, 'recovery code')} left.${few}`;
        at('factor-remove').title = required
            ? 'This account must have one: you will have to set it up again at ' +
                'once.'
            : '';
        show(since === null ? 'factor-off' : 'factor-on');
    } catch (error) {
        tell(error);
    }
}

function tell(error) {
    if (!(error instanceof Problem)) {
        throw error;
    }
    say(`${sentence(error.words)}.`, true, at('factor'));
}

/* In fours, as it is easier to type; apps take it so. */
const inFours = (text) => text.match(/.{1,4}/g).join(' ');

async function begin() {
    at('factor-begin').disabled = true;
    say('', false, at('factor'));
    try {
        const { secret, uri } = await send('POST', PATH);

        at('factor-secret').value = inFours(secret);
        at('factor-qr').replaceChildren(
            qrCode(uri, 'QR code of the key below'));
        show('factor-setup');
        at('factor-code').focus();
    } catch (error) {
        tell(error);
    }
    at('factor-begin').disabled = false;
}

function showCodes({ recovery_codes: codes }) {
    at('factor-list').replaceChildren(...codes.map(
        (code) => element('li', { class: 'code' }, code)));
    show('factor-made');
    at('factor-title').focus();
}

const codesText = () => [...at('factor-list').children].map(
    ({ textContent }) => textContent).join('\n') + '\n';

async function copy(text) {
    try {
        await navigator.clipboard.writeText(text);
        say('Copied.', false, at('factor'));
    } catch {
        say('The browser does not allow this: select the text and copy it ' +
            'yourself.', true, at('factor'));
    }
}

function download() {
    const link = element('a');

    link.href = URL.createObjectURL(
        new Blob([codesText()], { type: 'text/plain' }));
    link.download = 'lws-app-recovery-codes.txt';
    link.click();
    URL.revokeObjectURL(link.href);
    say('Downloaded.', false, at('factor'));
}

function ask(what) {
    asked = what;
    both.reset();
    both.verb = what.verb;
    at('factor-ask-title').textContent = what.title;
    at('factor-ask-text').textContent = what.text;
    openDialog(at('factor-ask'));
}

function renew() {
    ask({
        path: 'recovery-codes/',
        title: 'New recovery codes',
        text: 'Your current codes will stop working.',
        verb: 'Make new codes',
        done(answer) {
            say('Created. The old codes no longer work.', false, at('factor'));
            showCodes(answer);
        },
    });
}

function remove() {
    ask({
        path: 'remove/',
        title: 'Turn the second factor off?',
        text: at('factor-remove').title ||
            'From then on the password alone is enough to log in.',
        verb: 'Turn off',
        done() {
            say('The second factor is off.', false, at('factor'));
            at('factor-title').focus();
            read();
        },
    });
}

/* changed(): it was turned on, and other logins have ended. */
export function startSecondFactor(changed) {
    onChange = changed;
    startDialog(at('factor-ask'));
    at('factor-begin').addEventListener('click', begin);
    at('factor-cancel').addEventListener('click', () => {
        forget();
        read();
        at('factor-title').focus();
    });
    at('factor-secret-copy').addEventListener('click', () =>
        copy(at('factor-secret').value.replaceAll(' ', '')));
    at('factor-copy').addEventListener('click', () => copy(codesText()));
    at('factor-download').addEventListener('click', download);
    at('factor-done').addEventListener('click', () => {
        forget();
        if (isDue) {
            location.assign(served('/'));
            return;
        }
        say('', false, at('factor'));
        at('factor-title').focus();
        read();
    });
    at('factor-renew').addEventListener('click', renew);
    at('factor-remove').addEventListener('click', remove);
    read();
}
