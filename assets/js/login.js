/*
 * The login form: caps lock is told, and a second submit does nothing. Works
 * without this file too.
 */
const form = document.getElementById('login');
const { username, password } = form.elements;
const caps = document.getElementById('caps-lock');
const button = form.querySelector('button[type="submit"]');

function tellCapsLock(event) {
    caps.hidden = !event.getModifierState?.('CapsLock');
}

password.addEventListener('keydown', tellCapsLock);
password.addEventListener('keyup', tellCapsLock);
password.addEventListener('blur', () => {
    caps.hidden = true;
});
form.addEventListener('submit', (event) => {
    if (button.disabled) {
        event.preventDefault();
    }
    button.disabled = true;
    button.textContent = 'Logging in\u2026';
});
/* Back from the history, the button must work again. */
addEventListener('pageshow', () => {
    button.disabled = false;
    button.textContent = 'Log in';
});
(username.value ? password : username).focus();
