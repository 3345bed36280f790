/*
 * A form that the browser sends: a second submit does nothing.
 */
export function submitOnce(form) {
    const button = form.querySelector('button[type="submit"]');
    const words = button.textContent;

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
        button.textContent = words;
    });
}
