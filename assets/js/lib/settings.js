/*
 * What this browser remembers. Storage may be full or refused, and a page must
 * work without it, so failures only mean that nothing is remembered.
 */
const PREFIX = 'lws-app.';

export function settingGet(name, otherwise) {
    try {
        return localStorage.getItem(PREFIX + name) ?? otherwise;
    } catch {
        return otherwise;
    }
}

export function settingPut(name, value) {
    try {
        localStorage.setItem(PREFIX + name, String(value));
    } catch {
        /* Not remembered. */
    }
}

export function settingDrop(name) {
    try {
        localStorage.removeItem(PREFIX + name);
    } catch {
        /* Nothing is remembered. */
    }
}
