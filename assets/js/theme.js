/*
 * Theme, density and the zone of times: radio groups of the user menu,
 * remembered. Without a choice the theme is the system's and the zone the
 * browser's.
 */
import { settingGet, settingPut } from './settings.js';
import { setClock } from './times.js';

const DEFAULTS = { theme: 'system', density: 'normal', clock: 'local' };

export function startLooks(form) {
    for (const [name, otherwise] of Object.entries(DEFAULTS)) {
        const value = settingGet(name, otherwise);
        const choice = form.querySelector(
            `input[name="${name}"][value="${CSS.escape(value)}"]`);

        if (choice) {
            choice.checked = true;
        }
    }
    form.addEventListener('change', ({ target }) => {
        if (target.name in DEFAULTS) {
            document.documentElement.dataset[target.name] = target.value;
            settingPut(target.name, target.value);
            if (target.name === 'clock') {
                setClock(target.value);
            }
        }
    });
}
