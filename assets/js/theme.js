/*
 * Theme and density: radio groups of the user menu, remembered. Without a
 * choice the theme is the system's.
 */
import { settingGet, settingPut } from './settings.js';

const DEFAULTS = { theme: 'system', density: 'normal' };

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
        }
    });
}
