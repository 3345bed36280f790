/*
 * The arguments of a list as a form, from the API's description: a row per
 * column, with what can be asked of it. Sending it is a link like any other.
 */
import { element } from '../lib/dom.js';
import { served } from '../lib/base.js';

const MARKS = { gte: 'at least', lte: 'at most', contains: 'contains',
    in: 'is one of' };
/* Where the pages are cut is the pager's. */
const LEFT_OUT = ['page', 'cursor', 'format'];

let made = 0;

export function startFilters({ panel, form }, operation, url) {
    const parameters = operation.parameters.filter((one) =>
        one.in === 'query' && !one['x-format'] && !LEFT_OUT.includes(one.name));
    const groups = new Map();

    for (const one of parameters) {
        const [base] = one.name.split('__');

        groups.set(base, [...groups.get(base) ?? [], one]);
    }
    if (!parameters.length) {
        return;
    }
    form.replaceChildren(
        ...[...groups].map(([base, all]) => groupOf(base, all, url)),
        element('p', { class: 'form-buttons' },
            element('button', { type: 'submit', class: 'primary',
                'data-testid': 'filters-apply' }, 'Apply'),
            element('a', { href: url.pathname, 'data-testid': 'filters-clear' },
                'Clear all')));
    form.addEventListener('submit', (event) => {
        event.preventDefault();
        location.assign(served(addressOf(form, url)));
    });
    panel.hidden = false;
}

function groupOf(base, parameters, url) {
    return element('fieldset', { class: 'filter' },
        element('legend', {}, base),
        ...parameters.map((one) => {
            const id = `filter-${++made}`;
            const words = MARKS[one.name.split('__')[1]] ??
                (parameters.length > 1 ? 'is' : '');
            const input = inputFor(one, id);

            input.value = url.searchParams.get(one.name) ?? '';
            input.title = one.description ?? '';
            return element('div', { class: 'filter-part' },
                words ? element('label', { for: id, class: 'filter-word' }, words)
                    : element('label', { for: id, class: 'unseen' }, base),
                input,
                element('p', { class: 'field-error', id: `${id}-error`,
                    'data-field': one.name }));
        }));
}

function inputFor({ name, schema }, id) {
    const words = schema.enum ??
        (schema.type === 'boolean' ? ['true', 'false'] : null);
    const described = { id, name, 'aria-describedby': `${id}-error`,
        'data-testid': `filter-${name}` };

    if (words) {
        return element('select', described, element('option', { value: '' },
            schema.default ? `\u2013 (${schema.default})` : '\u2013'),
        ...words.map((word) => element('option', { value: word }, word)));
    }
    return element('input', { ...described, autocomplete: 'off',
        spellcheck: 'false',
        type: ['search'].includes(name) ? 'search' : 'text',
        placeholder: schema.default ??
            schema.examples?.[0] ??
            (schema.format === 'date-time' ? '2026-03-02T09:30:00Z' : null) });
}

function addressOf(form, url) {
    const to = new URL(url.pathname, location.origin);

    for (const { name, value } of form.elements) {
        if (name && value !== '') {
            to.searchParams.set(name, value);
        }
    }
    return to.pathname + to.search;
}

/* errors: {argument: [messages]} */
export function showFilterErrors(form, errors) {
    for (const note of form.querySelectorAll('.field-error')) {
        const messages = errors[note.dataset.field];

        note.textContent = messages?.join(', ') ?? '';
        form.elements[note.dataset.field]?.setAttribute('aria-invalid',
            String(Boolean(messages)));
    }
}
