/*
 * The login form: what has ended is told, caps lock too, and a second submit
 * does nothing. Works without this file too.
 */
import { whatEnded } from './lib/kept.js';
import { isolated } from './lib/names.js';
import { submitOnce } from './lib/submit_once.js';

const form = document.getElementById('login');
const { username, password } = form.elements;
const caps = document.getElementById('caps-lock');

const error = document.getElementById('login-error');
const ended = whatEnded();

if (ended && !error.textContent) {
    error.textContent = `${ended.why}.` + (ended.isKept
        ? ` What you had typed is there again when ${isolated(ended.user)} ` +
            'has logged in.' : '');
}

function tellCapsLock(event) {
    caps.hidden = !event.getModifierState?.('CapsLock');
}

password.addEventListener('keydown', tellCapsLock);
password.addEventListener('keyup', tellCapsLock);
password.addEventListener('blur', () => {
    caps.hidden = true;
});
submitOnce(form);
(username.value ? password : username).focus();
