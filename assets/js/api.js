/*
 * Requests to the server. A login that has ended leads to the login page;
 * every other failure is a Problem whose message can be shown as it is.
 */
const ANSWER_MAX_MS = 20000;

export class Problem extends Error {
    constructor(message, status = 0) {
        super(message);
        this.name = 'Problem';
        this.status = status;
    }
}

export function goToLogin() {
    const here = location.pathname + location.search;

    location.assign('/accounts/login/?next=' + encodeURIComponent(here));
}

/* signal ends the request from outside: then AbortError is thrown. */
export async function getJson(url, signal) {
    const late = AbortSignal.timeout(ANSWER_MAX_MS);
    let response;
    let body;

    try {
        response = await fetch(url, {
            signal: signal ? AbortSignal.any([signal, late]) : late,
            headers: { Accept: 'application/json' },
            credentials: 'same-origin',
            cache: 'no-store',
        });
        body = await response.text();
    } catch (error) {
        if (signal?.aborted) {
            throw error;
        }
        throw new Problem(
            late.aborted
                ? 'the server did not answer in time'
                : 'the server cannot be reached');
    }
    if (response.status === 401) {
        goToLogin();
        throw new Problem('the login has ended', 401);
    }
    return read(response, body);
}

function read(response, text) {
    let body = null;

    try {
        body = JSON.parse(text);
    } catch {
        /* Said below. */
    }
    if (!response.ok) {
        throw new Problem(
            body?.detail || body?.title ||
                `the server answered ${response.status}`,
            response.status);
    }
    if (body === null || typeof body !== 'object') {
        throw new Problem('the answer could not be read', response.status);
    }
    return body;
}
