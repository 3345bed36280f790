/*
 * The form of the code: a second submit does nothing. Works without this file
 * too.
 */
const form = document.getElementById('login');
const { code } = form.elements;
const button = form.querySelector('button[type="submit"]');

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
code.focus();
