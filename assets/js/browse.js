/*
 * The API in a browser: asks this very address for its JSON, and makes the rest
 * of the page from the API's description.
 */
import { goToLogin } from './lib/api.js';
import { own, served } from './lib/base.js';
import { Action } from './browse/browse_action.js';
import { isLoggedIn, startBar } from './browse/browse_bar.js';
import { showFilterErrors, startFilters } from './browse/browse_filters.js';
import { layOut, ownAddress } from './browse/browse_json.js';
import { send } from './browse/browse_request.js';
import { loadSchema } from './browse/browse_schema.js';
import { at, element } from './lib/dom.js';
import { formatCount } from './lib/format.js';
import { ownUrl, startOwnLink } from './page/own_link.js';
import './page/password_question.js';

const CHANGES = ['post', 'put', 'patch', 'delete'];
const PAGE_SIZE = 20;

/* As if there were no prefix (base.js). */
const url = new URL(own(location.pathname) + location.search, location.origin);
const page = {
    url,
    value: null,
    etag: null,
    loggedIn: isLoggedIn,
    changed: onChanged,
};
let schema = null;
let found = null;
let actions = [];

function startPage() {
    const parts = url.pathname.split('/').filter(Boolean);
    at('crumbs').append(...parts.flatMap((part, i) => {
        const href = `/${parts.slice(0, i + 1).join('/')}/`;
        const link = element('a', { href,
            'aria-current': i === parts.length - 1 ? 'page' : null },
        decodeURIComponent(part));

        return i ? [' / ', link] : [link];
    }));
    showFormats(['json']);
    at('answer-again').addEventListener('click', () => ask());
}

/* The same answer, as it comes over the wire in each of the ways there are. */
function showFormats(formats) {
    at('formats').replaceChildren(...formats.map((format) => {
        const raw = new URL(url);

        raw.searchParams.set('format', format);
        const link = element('a', { href: ownUrl(raw.pathname + raw.search) },
            format === 'json' ? 'Raw JSON' : format);

        startOwnLink(link);
        return link;
    }));
}

function focusSearch() {
    const search = document.querySelector('#filters-form [name="search"]');

    search?.focus();
    return Boolean(search);
}

/* first: the answer that is under way since the page began. */
async function ask(first = send('GET', url)) {
    const answer = await first;

    if (answer.status === 401) {
        goToLogin();
        return;
    }
    page.value = answer.ok ? answer.body : null;
    page.etag = answer.header?.('etag') ?? null;
    showAnswer(answer);
}

function showAnswer(answer) {
    const status = at('answer-status');
    const body = at('answer-body');

    at('request-line').textContent = `GET ${url.pathname}${url.search}`;
    status.textContent = [answer.status || '', answer.words].join(' ').trim();
    status.dataset.state = answer.ok ? 'well' : 'ill';
    at('answer-headers').replaceChildren(...answer.headers.flatMap(
        ([name, value]) => [element('dt', {}, name), element('dd', {}, value)]));
    body.replaceChildren(answer.body === null ? answer.text
        : layOut(answer.text, linkFor));
    body.hidden = !answer.text;
    showProblem(answer);
    showPager(answer.body);
}

/* Addresses, the orders that are named, and in a list each one's own page. */
function linkFor(value, path) {
    if (path.at(-1) === 'order' && /^[1-9]\d*$/.test(value)) {
        return `/api/data/${value}/`;
    }
    if (path.length === 3 && path[0] === 'results' && path[2] === 'id' &&
        schema?.find(`${url.pathname}${value}/`)) {
        return `${url.pathname}${value}/`;
    }
    return ownAddress(String(value));
}

function showProblem({ ok, status, body }) {
    const problem = at('answer-problem');
    const up = url.pathname.replace(/[^/]+\/$/, '');

    problem.hidden = ok;
    if (ok) {
        return;
    }
    problem.replaceChildren(
        element('h3', {}, body?.title ?? 'No response'),
        ...problemWords(body),
        status === 404 && up.startsWith('/api/')
            ? element('p', {}, element('a', { href: up }, `Go to ${up}`))
            : '');
    showFilterErrors(at('filters-form'), body?.errors ?? {});
}

/* Each argument at fault on a line of its own. */
function problemWords(body) {
    const errors = Object.entries(body?.errors ?? {});

    return errors.length
        ? errors.map(([name, messages]) =>
            element('p', {}, `${name}: ${messages.join(', ')}`))
        : [element('p', {}, body?.detail ?? 'The server can\u2019t be reached.')];
}

function showPager(body) {
    const isList = Array.isArray(body?.results) && 'next' in body;

    at('pager').hidden = !isList;
    if (!isList) {
        return;
    }
    for (const name of ['previous', 'next']) {
        const link = at(`pager-${name}`);
        const to = body[name] && ownAddress(body[name]);

        if (to) {
            link.href = served(to);
        } else {
            link.removeAttribute('href');
        }
        link.setAttribute('aria-disabled', String(!to));
    }
    at('pager-count').textContent = countWords(body);
}

function countWords({ count, results }) {
    const size = Number(url.searchParams.get('page_size') ?? PAGE_SIZE);
    const before = (Number(url.searchParams.get('page') ?? 1) - 1) * size;

    if (count === undefined || url.searchParams.has('cursor')) {
        return `${formatCount(results.length)} shown`;
    }
    return results.length
        ? `${formatCount(before + 1)}\u2013${
            formatCount(before + results.length)} of ${formatCount(count)}`
        : count ? `None of ${formatCount(count)}` : 'None';
}

function describe() {
    const methods = found?.methods ?? {};
    const get = methods.get ?? Object.values(methods)[0];

    document.title = `${url.pathname} - lws-app`;
    at('title').textContent = get?.summary ?? url.pathname;
    at('methods').replaceChildren(...Object.keys(methods).map((method) =>
        element('span', { class: `method method-${method}` },
            method.toUpperCase())));
    showRelated();
    if (methods.get) {
        showFormats(methods.get.parameters.find(({ name }) =>
            name === 'format')?.schema.enum ?? ['json']);
        startFilters({ panel: at('filters'), form: at('filters-form') },
            methods.get, url);
    }
}

/* What lies under this address, by the description. */
function showRelated() {
    const links = schema.paths
        .filter(({ path, methods }) => methods.get && found &&
            path.startsWith(found.path) && path !== found.path &&
            !path.slice(found.path.length).includes('{'))
        .map(({ path }) => url.pathname + path.slice(found.path.length));

    at('related').hidden = !links.length || url.pathname === '/api/';
    at('related').replaceChildren('See also ', ...links.flatMap((href, i) =>
        [i ? ', ' : '', element('a', { href }, href)]));
}

function showActions() {
    actions = CHANGES
        .filter((method) => found?.methods[method])
        .map((method) => new Action(
            method, found.methods[method], schema, page));
    at('actions').replaceChildren(...actions.map(({ card }) => card));
    if (actions.length === 1 && !found.methods.get) {
        actions[0].card.open = true;
    }
}

/* The page shows what is there now; what was said stays where it is. */
async function onChanged(answer) {
    at('announcer').textContent = `${answer.status} ${answer.words}`;
    await ask();
    for (const action of actions) {
        action.build();
    }
}

startPage();
startBar({ '/': focusSearch });
const first = send('GET', url);

try {
    schema = await loadSchema();
    found = schema.find(url.pathname);
    describe();
} catch (error) {
    at('methods').textContent =
        `The API description could not be loaded: ${error.message}`;
}
await ask(first);
if (schema) {
    showActions();
}
document.body.dataset.state = 'ready';
