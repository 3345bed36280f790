/*
 * One request as a person sends it here: everything about the answer is kept,
 * a failure is an answer like any other.
 */
import { Problem, csrfToken, ownLogin } from '../lib/api.js';
import { served } from '../lib/base.js';

const ANSWER_MAX_MS = 30000;
const UNSAFE = ['POST', 'PUT', 'PATCH', 'DELETE'];

/* url: as if there were no prefix (base.js).
 * {ok, status, words, headers: [[name, value]], header(name), text, body}; body:
 * the JSON, if it is; status 0: no answer came, words says why. */
export async function send(method, url, { body, type, headers = {} } = {}) {
    const { pathname, search } = new URL(url, location.origin);
    const sent = { Accept: 'application/json', ...headers };
    let response;
    let text;

    if (body !== undefined) {
        sent['Content-Type'] = type ?? 'application/json';
    }
    try {
        if (UNSAFE.includes(method)) {
            await ownLogin(method);
            sent['X-CSRFToken'] = csrfToken();
        } else {
            await ownLogin();
        }
        response = await fetch(served(pathname + search), {
            method, body, headers: sent, credentials: 'same-origin',
            cache: 'no-store', signal: AbortSignal.timeout(ANSWER_MAX_MS),
        });
        text = await response.text();
    } catch (error) {
        return {
            ok: false, status: 0, headers: [], text: '', body: null,
            words: wordsOf(error),
        };
    }
    return {
        ok: response.ok,
        status: response.status,
        words: response.statusText || WORDS[response.status] || '',
        headers: [...response.headers].sort(),
        header: (name) => response.headers.get(name),
        text,
        body: parse(text),
    };
}

function wordsOf(error) {
    if (error instanceof Problem) {
        return error.message;
    }
    return error.name === 'TimeoutError'
        ? 'the server did not answer in time'
        : 'the server cannot be reached';
}

/* HTTP/2 sends no words. */
const WORDS = { 200: 'OK', 201: 'Created', 204: 'No Content' };

function parse(text) {
    try {
        return JSON.parse(text);
    } catch {
        return null;
    }
}
