/*
 * What a page shows, in its address: it survives a reload, can be sent on, and
 * each state that somebody has come to is a place that Back leads to.
 */
const listeners = new Set();
let writer = null; /* whose words the newest place has; null: nobody's */

export function addressGet(name) {
    return new URLSearchParams(location.search).get(name) ?? '';
}

/* {name: text} of several. */
export const addressPick = (names) => Object.fromEntries(names.map(
    (name) => [name, addressGet(name)]));

/* values: {name: text}, '' or null: out of the address. by: who types; what
 * they write one after the other is one place. */
export function addressPut(values, by = null) {
    write(values, by !== null && by === writer);
    writer = by;
}

/* The address asked for what there is not: this is shown in its place. */
export function addressMend(values) {
    write(values, true);
}

function write(values, inPlace) {
    const query = new URLSearchParams(location.search);
    const before = query.toString();

    for (const [name, value] of Object.entries(values)) {
        if (value === '' || value === null) {
            query.delete(name);
        } else {
            query.set(name, value);
        }
    }
    const words = query.toString();
    const url = words ? `?${words}` : location.pathname;

    if (words === before) {
        return;
    }
    if (inPlace) {
        history.replaceState(null, '', url);
    } else {
        history.pushState(null, '', url);
    }
}

/* changed(): somebody has gone back or forward, and the address says where
 * to. */
export function onAddress(changed) {
    listeners.add(changed);
}

/* To another place at once, as Back would lead there. isMended: in place of this
 * one. */
export function addressGo(values, isMended = false) {
    write(values, isMended);
    tell();
}

addEventListener('popstate', tell);

function tell() {
    writer = null;
    for (const changed of listeners) {
        changed();
    }
}
