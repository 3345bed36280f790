/*
 * The login form: caps lock is told, and a second submit does nothing. Works
 * without this file too.
 */
import { submitOnce } from './submit_once.js';

const form = document.getElementById('login');
const { username, password } = form.elements;
const caps = document.getElementById('caps-lock');

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
