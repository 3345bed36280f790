/*
 * What every page of the desk has: the menu, the looks, the list of keys.
 */
import { leave } from '../lib/api.js';
import { served } from '../lib/base.js';
import { at } from '../lib/dom.js';
import { openDialog } from '../lib/dialogs.js';
import { startKeys } from '../lib/keys.js';
import { startMenu } from '../lib/menu.js';
import { keepNumbersApart } from './several_numbers.js';
import { startLooks } from './theme.js';

export { isStaff, isSuperuser } from './me.js';

/* Places that others lie below. */
const WHOLE = new Set(['/', '/admin/'].map(served));

/* keys: further bindings, as startKeys() takes them. */
export function startFrame(keys = {}) {
    const help = at('help');
    const openHelp = () => {
        openDialog(help);
        help.scrollTop = 0;
    };

    startMenu(at('user-menu'));
    at('user-menu').querySelector('form[method="post"]')
        .addEventListener('submit', leave);
    startLooks(at('looks'));
    keepNumbersApart();
    at('help-open').addEventListener('click', openHelp);
    startKeys({ '?': openHelp, ...keys });
    for (const place of document.querySelectorAll('#places a')) {
        const path = place.getAttribute('href');

        if (WHOLE.has(path) ? location.pathname === path
            : location.pathname.startsWith(path)) {
            place.setAttribute('aria-current', 'page');
            place.scrollIntoView({ block: 'nearest', inline: 'nearest' });
        }
    }
}
