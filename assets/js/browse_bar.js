/*
 * The bar of the pages about the API: who is logged in, or a way in.
 */
import { at } from './browse_dom.js';
import { send } from './browse_request.js';
import { startMenu } from './menu.js';
import { startLooks } from './theme.js';

let loggedIn = false;

export const isLoggedIn = () => loggedIn;

export function startBar() {
    const menu = at('user-menu');

    startMenu(menu);
    startLooks(at('looks'));
    loggedIn = Boolean(menu.dataset.username);
    menu.hidden = !loggedIn;
    if (!loggedIn) {
        askWho(menu);
    }
}

/* An address that needs no login does not say who has one. The token beside a
 * session has no dot, the one of the login page has: without the first there is
 * nobody to ask about. */
async function askWho(menu) {
    const { ok, body } = /(^|; )csrftoken=[^;.]+(;|$)/.test(document.cookie)
        ? await send('GET', '/api/me/')
        : { ok: false };
    const link = at('login-link');

    if (!ok) {
        link.href += `?next=${
            encodeURIComponent(location.pathname + location.search)}`;
        link.hidden = false;
        return;
    }
    const summary = menu.querySelector('summary');

    loggedIn = true;
    menu.querySelector('.menu-name').textContent = body.username;
    summary.title = body.username;
    summary.setAttribute('aria-label', `User menu: ${body.username}`);
    menu.querySelector('[name="csrfmiddlewaretoken"]').value = body.csrf_token;
    document.querySelector('meta[name="csrf-token"]').content = body.csrf_token;
    menu.hidden = false;
}
