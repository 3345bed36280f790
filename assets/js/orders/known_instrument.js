/*
 * An instrument that nobody has said anything of, and that its owner never
 * ordered, may be misspelt: those that it may be meant to be are looked for.
 */
import { getJson, getRows } from '../lib/api.js';
import { edits } from '../lib/edits.js';
import { readInstrument } from './instrument_reader.js';
import { isolated } from '../lib/names.js';

const FRESH_MS = 60000;
const LIKE_MAX = 3;
const FOUND_MAX = 100;
/* So many letters may be wrong, and where staff have said nothing of any
 * instrument, so few that it is asked about. */
const EDITS = 2;
const EDITS_UNLISTED = 1;
const SHORT = 4; /* symbols of which no more may be wrong */

const answers = new Map(); /* key -> {at, answer: a promise} */

/* {likes: [symbols]}, the likeliest first; null: it is known, or nothing is by
 * which that could be told. owner: whose orders count, empty: one's own. Throws
 * a Problem. */
export function strangerOf(symbol, owner = '') {
    const key = JSON.stringify([symbol, owner]);
    const now = performance.now();

    if (!(now - answers.get(key)?.at < FRESH_MS)) {
        answers.set(key, { at: now, answer: look(symbol, owner) });
        answers.get(key).answer.catch(() => answers.delete(key));
    }
    return answers.get(key).answer;
}

/* An order of it has been placed. */
export function forgetStrangers() {
    answers.clear();
}

async function look(symbol, owner) {
    if (await readInstrument(symbol) || (await ordersBy(
        { instrument: symbol, page_size: 1 }, owner)).length) {
        return null;
    }
    const [{ count }, ...found] = await Promise.all([
        getJson('/api/instruments/?page_size=1'),
        ...piecesOf(symbol).flatMap((piece) => [listed(piece),
            ordersBy({ instrument__contains: piece, page_size: FOUND_MAX },
                owner)]),
    ]);
    const likes = likesOf(symbol, new Set(found.flat().map(
        (row) => row.symbol ?? row.instrument)));

    return count || likes[0]?.far <= EDITS_UNLISTED
        ? { likes: likes.slice(0, LIKE_MAX).map(({ name }) => name) } : null;
}

function likesOf(symbol, names) {
    const most = symbol.length > SHORT ? EDITS : EDITS_UNLISTED;

    return [...names].map((name) => ({
        name, far: edits(symbol.toLowerCase(), name.toLowerCase()),
    })).filter(({ far }) => far <= most)
        .sort((a, b) => a.far - b.far || (a.name < b.name ? -1 : 1));
}

/* Of which one is right where one letter is wrong, or two have changed places. */
function piecesOf(symbol) {
    const letters = [...symbol];
    const cut = letters.length >> 1;

    return [letters.slice(0, cut), letters.slice(cut), letters.slice(cut + 1)]
        .map((piece) => piece.join('').trim()).filter(Boolean);
}

const listed = (piece) => getRows(`/api/instruments/?${new URLSearchParams({
    search: `"${piece.replaceAll('"', '')}"`, page_size: FOUND_MAX })}`);

const ordersBy = (words, owner) => getRows(`/api/data/?${new URLSearchParams({
    ...words, ...owner && { owner } })}`);

/* "“EDF0” is not known (did you mean EDF01?)" */
export function strangerWords(symbol, { likes }) {
    return `\u201c${isolated(symbol)}\u201d is not known` + (likes.length
        ? ` (did you mean ${likes.map(isolated).join(' or ')}?)` : '');
}
