/*
 * A details element as a menu: closes on Escape and on a click elsewhere.
 */
export function startMenu(menu) {
    const close = () => {
        menu.open = false;
    };

    document.addEventListener('pointerdown', (event) => {
        if (!menu.contains(event.target)) {
            close();
        }
    });
    menu.addEventListener('keydown', (event) => {
        if (event.key === 'Escape' && menu.open) {
            event.stopPropagation();
            close();
            menu.querySelector('summary').focus();
        }
    });
    menu.addEventListener('focusout', (event) => {
        if (event.relatedTarget && !menu.contains(event.relatedTarget)) {
            close();
        }
    });
}
