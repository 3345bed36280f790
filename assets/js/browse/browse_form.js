/*
 * A form made from a schema: one field per property, errors at the field until
 * it is corrected, and the values as JSON that the API takes. Numbers are typed
 * as the wire has them, which is said beside the field, and so is what a number
 * is here; one that might be meant otherwise is refused.
 */
import { element } from '../lib/dom.js';
import { formatDecimal } from '../lib/format.js';
import { typedName } from '../lib/names.js';
import { wireFault } from '../lib/number_input.js';

let made = 0;

const typesOf = (schema) => [schema.type].flat();
const isDecimal = (property) => typesOf(property).includes('number');
const WIRE_WORDS = 'In the API\u2019s notation: no thousands separators, a ' +
    'point for decimals, as in 1234.5';

export class SchemaForm {
    /* value: what is there already; the fields begin with it. */
    constructor(schema, api, value = null) {
        this.schema = schema;
        this.api = api;
        this.before = value;
        this.fields = new Map(); // name -> {input, note, property}
        this.body = element('div', { class: 'form' });
        for (const [name, node] of Object.entries(schema.properties)) {
            this.add(name, api.follow(node));
        }
        this.other = element('p', { class: 'form-error', role: 'alert' });
        this.body.prepend(this.other);
    }

    add(name, property) {
        const id = `field-${++made}`;
        const required = this.schema.required?.includes(name);
        const input = inputFor(property, id, required);
        const note = element('p', { class: 'field-error', id: `${id}-error` });
        const hint = element('p', { class: 'field-hint', id: `${id}-hint` },
            [property.description, isDecimal(property) ? WIRE_WORDS : null]
                .filter(Boolean).join('. '));
        const here = isDecimal(property)
            ? element('output', { class: 'field-hint', for: id }) : null;

        input.name = name;
        input.setAttribute('aria-describedby', `${id}-error ${id}-hint`);
        if (required) {
            input.setAttribute('aria-required', 'true');
        }
        set(input, property, this.before?.[name]);
        this.fields.set(name, { input, note, property });
        this.body.append(element('div', { class: 'field' },
            element('label', { for: id }, name,
                required ? element('span', { class: 'must' }, 'required') : null),
            input, note, here, hint.textContent ? hint : null));
        input.addEventListener('input', () => this.typed(name, here));
    }

    typed(name, here) {
        const { input, note, property } = this.fields.get(name);
        const text = isDecimal(property) ? typedName(input.value) : '';
        const shown = /^-?\d+(\.\d+)?$/.test(text) ? formatDecimal(text) : text;

        note.textContent = '';
        input.removeAttribute('aria-invalid');
        if (here) {
            here.textContent = shown === text ? '' : `Here: ${shown}`;
        }
    }

    /* {field: [why its number might not be what is meant]} */
    faults() {
        return Object.fromEntries([...this.fields]
            .filter(([, { property }]) => isDecimal(property))
            .map(([name, { input }]) => [name,
                wireFault(typedName(input.value))])
            .filter(([, fault]) => fault !== null)
            .map(([name, fault]) => [name, [fault]]));
    }

    /* changed: only what differs from the value that the form began with. */
    values({ changed = false } = {}) {
        const values = {};

        for (const [name, { input, property }] of this.fields) {
            const value = get(input, property);
            const before = this.before?.[name];

            if (value === undefined) {
                if (before !== undefined && before !== null && changed &&
                    typesOf(property).includes('null')) {
                    values[name] = null;
                }
                continue;
            }
            if (!changed || !same(value, plain(before, property))) {
                values[name] = value;
            }
        }
        return values;
    }

    /* errors: {field: [messages]}. Those of no field here stand above. */
    showErrors(errors, detail = '') {
        const rest = [];
        let first = null;

        this.clearErrors();
        for (const [name, messages] of Object.entries(errors)) {
            const field = this.fields.get(name);

            if (!field) {
                rest.push(`${name}: ${messages.join(', ')}`);
                continue;
            }
            field.note.textContent = messages.join(', ');
            field.input.setAttribute('aria-invalid', 'true');
            first ??= field.input;
        }
        if (!first && !rest.length && detail) {
            rest.push(detail);
        }
        this.other.textContent = rest.join('; ');
        first?.focus();
        return Boolean(first);
    }

    clearErrors() {
        this.other.textContent = '';
        for (const { input, note } of this.fields.values()) {
            note.textContent = '';
            input.removeAttribute('aria-invalid');
        }
    }
}

function inputFor(property, id, required) {
    const types = typesOf(property);

    if (property.enum || types.includes('boolean')) {
        const words = property.enum?.filter((word) => word !== null) ??
            ['true', 'false'];

        return element('select', { id },
            required ? null : element('option', { value: '' }, '\u2013'),
            ...words.map((word) => element('option', { value: word }, word)));
    }
    if (types.includes('object') || types.includes('array')) {
        return element('textarea', {
            id, rows: 4, spellcheck: 'false', class: 'code',
            placeholder: types.includes('array') ? '[ ]' : '{ }',
        });
    }
    return element('input', {
        id,
        type: property.format === 'password' ? 'password' : 'text',
        autocomplete: property.format === 'password' ? 'new-password' : 'off',
        spellcheck: 'false',
        autocapitalize: 'none',
        inputmode: property.pattern || types.includes('number') ? 'decimal'
            : types.includes('integer') ? 'numeric' : null,
        placeholder: property.default ??
            (property.format === 'date-time' ? '2026-03-02T09:30:00Z' : null),
    });
}

function set(input, property, value) {
    if (value === undefined || value === null) {
        return;
    }
    input.value = typeof value === 'object'
        ? JSON.stringify(value)
        : String(value);
}

/* undefined: left empty. What can't be read goes as it is, so that the server
 * says what is wrong with it. */
function get(input, property) {
    const types = typesOf(property);
    const text = plain(input.value, property);

    if (text === '') {
        return undefined;
    }
    if (types.includes('boolean')) {
        return text === 'true';
    }
    if (types.includes('object') || types.includes('array')) {
        try {
            return JSON.parse(text);
        } catch {
            return text;
        }
    }
    if (types.includes('integer') && /^-?\d{1,15}$/.test(text)) {
        return Number(text);
    }
    return text;
}

/* Blanks around a text are not meant, but for a password's. */
function plain(value, { format }) {
    return typeof value === 'string' && format !== 'password'
        ? typedName(value) : value;
}

function same(value, before) {
    return typeof value === 'object'
        ? JSON.stringify(value) === JSON.stringify(before)
        : String(value) === String(before ?? '');
}
