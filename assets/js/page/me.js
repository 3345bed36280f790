/*
 * Who looks at the page and what he may, as it is now: as the server filled
 * the page in, then as it says whenever the page comes back to it. The server
 * refuses what is not allowed, so this only spares a user the try.
 */
import { getJson, goToSetup } from '../lib/api.js';

const OLD_MS = 2000;
const { role, rights } = document.body.dataset;
const listeners = [];

let allowed = new Set(rights?.split(' '));
let most = { max_quantity: null, max_notional: null };
let readAt = -Infinity;

export const isStaff = role === 'staff' || role === 'superuser';
export const isSuperuser = role === 'superuser';
export const may = (right) => allowed.has(right);

export const ownName = () =>
    document.querySelector('.menu-name').textContent;

/* {max_quantity, max_notional} of one order; null: any. */
export const limits = () => most;

/* listener(): they are not what they were. */
export function onMe(listener) {
    listeners.push(listener);
}

/* Nobody tells of limits that have changed: they are read again by who goes by
 * them, unless they just were. */
export async function readMeIfOld() {
    if (performance.now() - readAt > OLD_MS) {
        await readMe();
    }
}

export async function readMe() {
    readAt = performance.now();
    const me = await getJson('/api/me/');

    if (me.second_factor_required && !me.has_second_factor) {
        goToSetup();
        return;
    }
    allowed = new Set(['add', 'change', 'delete'].filter(
        (right) => me[`may_${right}`]));
    most = {
        max_quantity: me.max_quantity ?? null,
        max_notional: me.max_notional ?? null,
    };
    listeners.forEach((listener) => listener());
}
