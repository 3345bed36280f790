/*
 * The API's description for people: by resource, each method with what it takes
 * and gives, then the shapes.
 */
import { startBar } from './browse/browse_bar.js';
import { layOut } from './browse/browse_json.js';
import { loadSchema } from './browse/browse_schema.js';
import { at, element } from './lib/dom.js';

const ORDER = ['api', 'data', 'me', 'token', 'ticket'];
let schema = null;

function build() {
    const groups = new Map(ORDER.map((name) => [name, []]));

    for (const { path, methods } of schema.paths) {
        for (const [method, operation] of Object.entries(methods)) {
            const [tag] = operation.tags;

            groups.set(tag, [...groups.get(tag) ?? [],
                { path, method, operation }]);
        }
    }
    const named = [...groups].filter(([, all]) => all.length);
    const shapes = Object.entries(schema.document.components.schemas);

    at('docs-about').textContent = schema.document.info.description;
    at('docs').append(
        ...named.map(([name, all]) => groupOf(name, all)),
        securityOf(),
        element('section', { class: 'docs-group', 'aria-labelledby': 'shapes' },
            element('h2', { id: 'shapes' }, 'Schemas'),
            ...shapes.map(([name, shape]) => shapeOf(name, shape))));
    at('docs-nav').append(
        listOf('Resources', named.map(([name]) => [`#resource-${name}`, name])),
        listOf('More', [['#logins', 'Authentication'],
            ['#shapes', 'Schemas']]));
    /* What the address names is here only now. */
    if (location.hash) {
        document.getElementById(decodeURIComponent(location.hash.slice(1)))
            ?.scrollIntoView();
    }
}

function listOf(title, links) {
    return element('div', {}, element('h2', { class: 'unseen' }, title),
        element('ul', {}, ...links.map(([href, text]) =>
            element('li', {}, element('a', { href }, text)))));
}

function groupOf(name, all) {
    const id = `resource-${name}`;

    return element('section', { class: 'docs-group', 'aria-labelledby': id },
        element('h2', { id }, name), ...all.map(operationOf));
}

function operationOf({ path, method, operation }) {
    const parameters = operation.parameters ?? [];
    const plain = parameters.filter((one) => !one['x-format']);
    const formats = [...new Set(parameters.map((one) => one['x-format'])
        .filter(Boolean))];
    const tryIt = method === 'get' && !path.includes('{');

    return element('article', { class: 'panel operation', id: operation.operationId,
        'data-testid': operation.operationId },
    element('div', { class: 'panel-head' },
        element('span', { class: `method method-${method}` }, method.toUpperCase()),
        element('h3', {}, path),
        tryIt
            ? element('a', { class: 'operation-try', href: path }, 'Try it')
            : null),
    element('p', { class: 'operation-words' }, [
        `${operation.summary}.`, operation.description,
        `For ${operation['x-who']}.`].filter(Boolean).join(' ')),
    plain.length ? parametersOf('Parameters', plain) : null,
    ...formats.map((format) => parametersOf(`Parameters of format=${format}`,
        parameters.filter((one) => one['x-format'] === format))),
    operation.requestBody ? bodyOf(operation) : null,
    answersOf(operation));
}

function foldOf(title, open, ...content) {
    return element('details', { open }, element('summary', {}, title), ...content);
}

function tableOf(name, heads, rows) {
    return element('div', { class: 'docs-scroll', role: 'group', tabindex: '0',
        'aria-label': name },
        element('table', { class: 'docs-table' },
            element('thead', {}, element('tr', {}, ...heads.map((head) =>
                element('th', { scope: 'col' }, head)))),
            element('tbody', {}, ...rows.map((cells) => element('tr', {},
                ...cells.map((cell) => element('td', {}, cell)))))));
}

const code = (text) => element('code', {}, text);

function parametersOf(title, parameters) {
    return foldOf(`${title} (${parameters.length})`, parameters.length <= 4,
        tableOf(title, ['Name', 'In', 'Type', 'Description'],
            parameters.map((one) => [
                code(one.name), one.in, typeOf(one.schema),
                wordsOf(one.description, one.required, one.schema)])));
}

/* The type, with shapes as links. */
function typeOf(node) {
    const holder = element('span');
    const words = schema.nameOf(node).split(/(\w+)/);

    holder.append(...words.map((word) =>
        schema.document.components.schemas[word]
            ? element('a', { href: `#shape-${word}` }, word)
            : word));
    return holder;
}

function wordsOf(description, required, node) {
    const found = schema.follow(node) ?? {};
    const least = found.minimum ?? found.minLength;
    const most = found.maximum ?? found.maxLength;
    const what = found.maxLength !== undefined ? ' characters' : '';

    return [
        description,
        required ? 'Required.' : null,
        found['x-who'] === 'staff' ? 'For staff.' : null,
        most !== undefined ? `${least} to ${most}${what}.` : null,
        found.default !== undefined ? `Default: ${found.default}.` : null,
    ].filter(Boolean).map((text) => text.replace(/\.*$/, '.')).join(' ');
}

function exampleOf(node) {
    const pre = element('pre', { class: 'json', tabindex: '0',
        'aria-label': 'Example' });

    pre.append(layOut(JSON.stringify(schema.example(node))));
    return pre;
}

function bodyOf(operation) {
    const { content } = operation.requestBody;
    const node = content['application/json']?.schema;

    return foldOf('Body', true,
        tableOf('Body', ['Content type', 'Schema'], Object.entries(content)
            .map(([type, one]) => [code(type), typeOf(one.schema)])),
        node ? exampleOf(schema.formOf(operation) ?? node) : null);
}

function answersOf(operation) {
    const answers = Object.entries(operation.responses).map(([status, one]) =>
        [status, schema.follow(one)]);
    const good = answers.find(([status]) => status < '300')?.[1];
    const json = good?.content?.['application/json']?.schema;

    return foldOf('Responses', false,
        tableOf('Responses', ['Status', 'Description', 'Schema', 'Headers'],
            answers.map(([status, one]) => [
                code(status), one.description, contentOf(one.content),
                Object.keys(one.headers ?? {}).join(', ')])),
        json ? exampleOf(json) : null);
}

function contentOf(content) {
    const holder = element('span');

    Object.entries(content ?? {}).forEach(([type, one], i) => {
        holder.append(i ? '; ' : '', typeOf(one.schema),
            /json$/.test(type) ? '' : ` as ${type}`);
    });
    return holder;
}

function securityOf() {
    const schemes = Object.entries(schema.document.components.securitySchemes);

    return element('section', { class: 'docs-group', 'aria-labelledby': 'logins' },
        element('h2', { id: 'logins' }, 'Authentication'),
        element('div', { class: 'panel' },
            tableOf('Authentication', ['Scheme', 'Where', 'Description'],
                schemes.map(([name, one]) => [name,
                    code(`${one.in}: ${one.name}`), one.description]))));
}

function shapeOf(name, shape) {
    const fields = Object.entries(shape.properties ?? {});

    return element('article', { class: 'panel shape', id: `shape-${name}` },
        element('div', { class: 'panel-head' }, element('h3', {}, name)),
        shape.description
            ? element('p', { class: 'shape-words' }, `${shape.description}.`) : null,
        fields.length
            ? foldOf(`Fields (${fields.length})`, false,
                tableOf(`Fields of ${name}`, ['Name', 'Type', 'Description'],
                    fields.map(([field, node]) => [code(field), typeOf(node),
                        wordsOf(node.description,
                            shape.required?.includes(field), node)])),
                exampleOf(shape))
            : element('p', { class: 'shape-words' }, typeOf(shape)));
}

/* A link to a shape opens it. */
function openTarget() {
    const target = document.getElementById(
        decodeURIComponent(location.hash.slice(1)));

    target?.querySelector('details')?.setAttribute('open', '');
}

startBar();
try {
    schema = await loadSchema();
    build();
    openTarget();
    addEventListener('hashchange', openTarget);
} catch (error) {
    at('docs-about').textContent =
        `The description could not be loaded: ${error.message}`;
}
document.body.dataset.state = 'ready';
