/*
 * The bar of the pages about the API, some of which are for anybody: who is
 * logged in, or a way in.
 */
import { send } from './browse_request.js';
import { at } from '../lib/dom.js';
import { startFrame } from '../page/frame.js';

const page = document.body;

export const isLoggedIn = () => page.dataset.role !== '';

/* keys: as startFrame() takes them. */
export function startBar(keys) {
    startFrame(keys);
    at('login-link').href += `?next=${
        encodeURIComponent(location.pathname + location.search)}`;
    if (!isLoggedIn()) {
        askWho();
    }
}

/* An address that needs no login does not say who has one. The token beside a
 * session has no dot, the one of the login page has: without the first there is
 * nobody to ask about. */
async function askWho() {
    const { ok, body } = /(^|; )(__Host-)?csrftoken=[^;.]+(;|$)/.test(document.cookie)
        ? await send('GET', '/api/me/')
        : { ok: false };

    if (!ok) {
        return;
    }
    const menu = at('user-menu');
    const summary = menu.querySelector('summary');

    menu.querySelector('.menu-name').textContent = body.username;
    summary.title = body.username;
    summary.setAttribute('aria-label', `User menu: ${body.username}`);
    menu.querySelector('[name="csrfmiddlewaretoken"]').value = body.csrf_token;
    document.querySelector('meta[name="csrf-token"]').content = body.csrf_token;
    page.dataset.role = body.is_superuser ? 'superuser'
        : body.is_staff ? 'staff'
            : 'user';
}
