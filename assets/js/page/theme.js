/*
 * Theme, density and the zone of times: radio groups of the user menu. Without a
 * choice the theme is the system's and the zone the browser's. They are the
 * user's, in every browser; this one remembers them for the first paint.
 */
import { keepSettings, readSettings } from './own_settings.js';
import { settingGet, settingPut } from '../lib/settings.js';
import { setClock } from '../lib/times.js';

const DEFAULTS = { theme: 'system', density: 'normal', clock: 'local' };
/* By the zone that is kept; others are not offered here. */
const CLOCKS = { UTC: 'utc', '': 'local' };

export function startLooks(form) {
    const chosen = new Set(); /* by hand, on this page */

    for (const [name, otherwise] of Object.entries(DEFAULTS)) {
        check(form, name, settingGet(name, otherwise));
    }
    form.addEventListener('change', ({ target: { name, value } }) => {
        if (name in DEFAULTS) {
            chosen.add(name);
            take(name, value);
            keepSettings(name === 'clock'
                ? { zone: value === 'local' ? '' : 'UTC' }
                : { [name]: value });
        }
    });
    adopt(form, chosen);
}

/* As if somebody had chosen it in the menu. */
export function chooseLook(name, value) {
    if (value !== settingGet(name, DEFAULTS[name])) {
        check(document.getElementById('looks'), name, value);
        take(name, value);
        keepSettings({ [name]: value });
    }
}

export const lookOf = (name) => settingGet(name, DEFAULTS[name]);

/* What was chosen in another browser, unless something is chosen here
 * meanwhile. */
async function adopt(form, chosen) {
    const { theme, density, zone } = await readSettings();
    const wanted = { theme, density, clock: CLOCKS[zone] };

    for (const [name, value] of Object.entries(wanted)) {
        if (value !== undefined && !chosen.has(name) &&
            value !== settingGet(name, DEFAULTS[name])) {
            check(form, name, value);
            take(name, value);
        }
    }
}

function check(form, name, value) {
    const choice = form.querySelector(
        `input[name="${name}"][value="${CSS.escape(value)}"]`);

    if (choice) {
        choice.checked = true;
    }
}

function take(name, value) {
    document.documentElement.dataset[name] = value;
    settingPut(name, value);
    if (name === 'clock') {
        setClock(value);
    }
}
