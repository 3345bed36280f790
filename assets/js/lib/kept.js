/*
 * What is typed when a login ends: nothing of it goes without a word, and what
 * can be kept is there again when the same user has logged in.
 */
const KEY = 'kept';
const keepers = new Set();

const ownName = () =>
    document.querySelector('.menu-name')?.textContent ?? '';

/* keeper(): {words, name, state}, or null where nothing is typed. words: what it
 * is, for people; state: what takeKept(name) gives then, as JSON can have it;
 * name undefined: it can't be kept. */
export function keeps(keeper) {
    keepers.add(keeper);
}

/* What is typed now, as its keepers have it. */
export const typedNow = () =>
    [...keepers].map((keeper) => keeper()).filter(Boolean);

/* why: what has ended, for the login page to say. */
export function keep(typed, why) {
    const kept = typed.filter(({ name }) => name);

    sessionStorage.setItem(KEY, JSON.stringify({
        user: ownName(), why,
        states: Object.fromEntries(
            kept.map(({ name, state }) => [name, state])),
    }));
}

/* Once, or null: what was kept under this name for who is logged in. */
export function takeKept(name) {
    const kept = read();
    const state = kept?.user === ownName() ? kept.states[name] : undefined;

    if (kept?.user !== ownName()) {
        sessionStorage.removeItem(KEY);
    } else if (state !== undefined) {
        delete kept.states[name];
        sessionStorage.setItem(KEY, JSON.stringify(kept));
    }
    return state ?? null;
}

/* On the login page: {user, why, isKept}, or null; why is given once. */
export function whatEnded() {
    const kept = read();

    if (!kept?.why) {
        return null;
    }
    sessionStorage.setItem(KEY, JSON.stringify({ ...kept, why: '' }));
    return {
        user: kept.user, why: kept.why,
        isKept: Object.keys(kept.states).length > 0,
    };
}

function read() {
    try {
        return JSON.parse(sessionStorage.getItem(KEY));
    } catch {
        return null;
    }
}
