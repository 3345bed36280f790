/*
 * Requests to the server, as the user whose page this is: a login that has ended
 * leads to the login page, somebody else's too, one that must have a second
 * factor to where it is set up; every other failure is a Problem whose message
 * can be shown as it is.
 */
import { PRESS_MS } from './asked.js';
import { own, served } from './base.js';
import { confirmed } from './dialogs.js';
import { at, element } from './dom.js';
import { keep, typedNow } from './kept.js';
import { isolated } from './names.js';

const ANSWER_MAX_MS = 20000;

export class Problem extends Error {
    isUnreached = false; /* no answer came */

    /* body: the answer's, where it had one. */
    constructor(message, status = 0, body = null) {
        super(message);
        this.name = 'Problem';
        this.status = status;
        this.body = body;
    }

    /* {field: [what is wrong with it]} */
    get fields() {
        return this.body?.errors ?? {};
    }

    /* All of it in one sentence, for where there are no fields. */
    get words() {
        const fields = Object.entries(this.fields).map(
            ([name, texts]) => `${name} ${[].concat(texts).join(', ')}`);

        return fields.length ? fields.join('; ') : this.message;
    }
}

/* Of what was done beside: it is told elsewhere, if at all. */
export function ignoreProblem(error) {
    if (!(error instanceof Problem)) {
        throw error;
    }
}

let isLeaving = false;
let isTold = false; /* that the login has ended, and he stays for now */

/* Who logs out is on his way to the login: what is refused meanwhile leads
 * nowhere else. */
export function leave() {
    isLeaving = true;
}

/* why: what has ended. Where something is typed, who typed it goes when he has
 * read what becomes of it; until then keys go into no other field. */
export async function goToLogin(why = 'Your login has ended') {
    const here = location.pathname + location.search;
    const typed = typedNow();

    if (isLeaving) {
        return;
    }
    isLeaving = true;
    if (!typed.length || !at('confirm') || await isToGo(why, typed)) {
        keep(typedNow(), why);
        location.assign(
            served('/accounts/login/?next=') + encodeURIComponent(here));
    } else {
        isLeaving = false;
        isTold = true;
    }
}

function isToGo(why, typed) {
    const list = element('ul', { class: 'left-list' });

    for (const { words, name } of typed) {
        list.append(element('li', {}, name ? `${words}. Kept, and there again ` +
            'when you have logged in' : `${words}. Can\u2019t be kept: go ` +
            'back to copy it'));
    }
    return confirmed({
        title: why,
        text: `Log in again as ${isolated(user())} to go on. What you have typed:`,
        verb: 'Log in again', list,
    });
}

/* Where one's second factor is set up, which must be done first. */
export function goToSetup() {
    if (location.pathname !== served('/accounts/')) {
        location.assign(served('/accounts/'));
    }
}

/* signal ends the request from outside: then AbortError is thrown. */
export async function getJson(url, signal) {
    const answer = await ask(url, { signal });

    if (answer === null) {
        throw new Problem('the answer could not be read');
    }
    return answer;
}

/* The rows of a list, all of them, from one snapshot. */
export async function getAllRows(url) {
    const [path, words] = url.split('?');
    const query = new URLSearchParams(words);

    query.set('format', 'ndjson');
    return ask(`${path}?${query}`, {}, (text) =>
        text.split('\n').filter(Boolean).map((line) => JSON.parse(line)));
}

/* Where a list goes on, on this very server: a list names it as others see it,
 * which may be another origin than this page's. */
export function pathOf(next) {
    if (!next) {
        return null;
    }
    const { pathname, search } = new URL(next, location.href);

    return own(pathname) + search;
}

/* The rows of a list. */
export async function getRows(url) {
    return (await getJson(url)).results;
}

/* body: sent as JSON, if given. version: of the row as it was seen, which must
 * be the one that is there still, and isNew: there must be none yet, else a
 * Problem of status 412. keepalive: it is sent even where the page is left. Gives the answer, or null where it is
 * empty. */
export async function send(method, url, body,
    { version, isNew, keepalive } = {}) {
    const headers = {};

    if (body !== undefined) {
        headers['Content-Type'] = 'application/json';
    }
    if (version !== undefined) {
        headers['If-Match'] = `"${version}"`;
    }
    if (isNew) {
        headers['If-None-Match'] = '*';
    }
    const request = {
        method, headers, keepalive,
        body: body === undefined ? undefined : JSON.stringify(body),
    };

    try {
        return await ask(url, request);
    } catch (error) {
        if (!await isConfirmed(error.body)) {
            throw error;
        }
        return ask(url, request);
    }
}

let passwordGiven = null;

/* Has the password been given again, since an answer (its body) asked for it?
 * False: it did not ask, or nobody gave it. */
export async function isConfirmed(body) {
    return body?.code === 'confirm' && passwordGiven !== null &&
        passwordGiven();
}

/* given(): asks for the password; resolves to whether it was given. */
export function confirmWith(given) {
    passwordGiven = given;
}

function cookie(name) {
    return document.cookie.split('; ').find((one) =>
        one.startsWith(`${name}=`))?.slice(name.length + 1);
}

/* Whose page this is; empty: nobody's. */
export const user = () =>
    document.querySelector('.menu-name')?.textContent ?? '';

/* Of the login that this page is known to be of: the server takes what is sent
 * with it for that one alone. */
export const csrfToken = () =>
    document.querySelector('meta[name="csrf-token"]')?.content ?? '';

/* The browser has one login for all its pages, and the cookie is of the one that
 * it has now: __Host- over https. */
export function isOwnLogin() {
    const now = [cookie('__Host-csrftoken'), cookie('csrftoken')].filter(Boolean);

    return !user() || !now.length || now.includes(csrfToken());
}

let whose = null; /* is being asked */

/* Where there is another login by now, a new one of the same user serves as
 * well; as anybody else nothing is asked for or done here: a Problem. method: of what
 * is to be done, not long after it was pressed; none: something is read. */
export async function ownLogin(method) {
    const since = performance.now();

    if (isOwnLogin()) {
        return;
    }
    whose ??= exchange('/api/me/', {}).finally(() => {
        whose = null;
    });
    const { username, csrf_token: token } = await whose;

    if (username !== user()) {
        tellEnd(method, 'Somebody else has logged in here');
        throw new Problem('somebody else has logged in here', 401);
    }
    document.querySelector('meta[name="csrf-token"]').content = token;
    for (const field of
        document.querySelectorAll('[name="csrfmiddlewaretoken"]')) {
        field.value = token;
    }
    if (method && performance.now() - since > PRESS_MS) {
        throw new Problem('nothing was sent: it took too long to find out ' +
            'whose login this is by now. Try again');
    }
}

/* Who stays with what he has typed is told again when he sends it. */
function tellEnd(method, why) {
    if (method || !isTold || !typedNow().length) {
        goToLogin(why);
    }
}

/* parse(): the text of an answer that is none of JSON; throws SyntaxError. */
async function ask(url, options, parse = JSON.parse) {
    await ownLogin(options.method);
    if (options.method) {
        return exchange(url, {
            ...options,
            headers: { ...options.headers, 'X-CSRFToken': csrfToken() },
        }, parse);
    }
    const answer = await exchange(url, options, parse);

    await ownLogin(); /* it may have come as somebody else's */
    return answer;
}

async function exchange(url, { signal, headers, ...options },
    parse = JSON.parse) {
    const late = AbortSignal.timeout(ANSWER_MAX_MS);
    let response;
    let text;

    try {
        response = await fetch(served(url), {
            ...options,
            signal: signal ? AbortSignal.any([signal, late]) : late,
            headers: { Accept: 'application/json', ...headers },
            credentials: 'same-origin',
            cache: 'no-store',
        });
        text = await response.text();
    } catch (error) {
        if (signal?.aborted) {
            throw error;
        }
        const problem = new Problem(
            late.aborted
                ? 'the server did not answer in time'
                : 'the server cannot be reached');

        problem.isUnreached = true;
        throw problem;
    }
    isTold &&= response.status === 401 || !isOwnLogin();
    if (response.status === 401) {
        tellEnd(options.method);
        throw new Problem('the login has ended', 401);
    }
    return read(response, text, response.ok ? parse : JSON.parse);
}

function read(response, text, parse) {
    let body = null;

    try {
        body = parse(text);
    } catch {
        /* Said below. */
    }
    if (response.status === 403 && body?.code === 'second_factor_required') {
        goToSetup();
    }
    if (!response.ok) {
        throw new Problem(
            body?.detail || body?.title ||
                `the server answered ${response.status}`,
            response.status, body);
    }
    if (text !== '' && (body === null || typeof body !== 'object')) {
        throw new Problem('the answer could not be read', response.status);
    }
    return body;
}
