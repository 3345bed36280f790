/*
 * One method of a resource that changes something, as a card: a form made from
 * the API's description, the raw body beside it, and what came of it.
 */
import { element } from '../lib/dom.js';
import { goToLogin, isConfirmed } from '../lib/api.js';
import { SchemaForm } from './browse_form.js';
import { layOut, ownAddress } from './browse_json.js';
import { send } from './browse_request.js';
import { confirmed } from '../lib/dialogs.js';
import { isStaff } from '../page/frame.js';
import { keeps } from '../lib/kept.js';

const VERBS = { post: 'Send', put: 'Replace', patch: 'Save', delete: 'Delete' };

export class Action {
    /* page: {url, value, etag, loggedIn(), changed(answer)} */
    constructor(method, operation, api, page) {
        this.method = method;
        this.operation = operation;
        this.api = api;
        this.page = page;
        this.raw = false;
        this.busy = false;
        this.result = element('div', { class: 'result',
            'data-testid': `${method}-result`, role: 'status' });
        this.form = element('form', { class: 'action-form', novalidate: true,
            onsubmit: (event) => this.submit(event) });
        this.card = element('details', { class: 'panel action',
            'data-testid': `${method}-card` },
        element('summary', {},
            element('span', { class: `method method-${method}` },
                method.toUpperCase()),
            element('span', { class: 'action-what' }, operation.summary)),
        this.form, this.result);
        this.build();
        keeps(() => this.isTyped() ? {
            words: `What you have entered under ${method.toUpperCase()}`,
        } : null);
    }

    isTyped() {
        return this.card.isConnected && this.card.open &&
            (this.raw ? this.rawText.value !== this.rawBegun
                : Boolean(this.fields) && Object.keys(
                    this.fields.values({ changed: true })).length > 0);
    }

    /* Anew: with what is there now. */
    build() {
        const hadFocus = this.form.contains(document.activeElement);
        const schema = this.schema();
        const takes = Boolean(this.operation.requestBody);
        const value = this.method === 'post' ? null : this.page.value;

        this.fields = schema ? new SchemaForm(schema, this.api, value) : null;
        this.query = this.queryForm();
        this.submitButton = element('button', {
            type: 'submit', 'data-testid': `${this.method}-send`,
            class: this.method === 'delete' ? 'danger' : 'primary',
        }, VERBS[this.method]);
        this.rawButton = this.fields && element('button', {
            type: 'button', 'aria-pressed': 'false',
            'data-testid': `${this.method}-raw`,
            onclick: () => this.turn(!this.raw),
        }, 'Raw body');
        this.rawBody = takes ? this.rawField() : null;
        this.ifMatch = this.ifMatchField();
        this.form.replaceChildren(...[
            this.query?.body, this.fields?.body, this.rawBody, this.ifMatch,
            element('p', { class: 'form-buttons' },
                this.submitButton, this.rawButton),
        ].filter(Boolean));
        if (takes) {
            this.turn(!this.fields);
        }
        if (hadFocus) {
            this.submitButton.focus();
        }
    }

    /* Without what is for staff alone; of a change the server says which. */
    schema() {
        const schema = this.api.formOf(this.operation);

        if (!schema || isStaff || this.method === 'patch') {
            return schema;
        }
        return {
            ...schema,
            properties: Object.fromEntries(Object.entries(schema.properties)
                .filter(([, one]) => one['x-who'] !== 'staff')),
        };
    }

    queryForm() {
        const parameters = (this.operation.parameters ?? [])
            .filter((one) => one.in === 'query' && one.name !== 'format' &&
                !one['x-format']);

        if (!parameters.length) {
            return null;
        }
        return new SchemaForm({
            properties: Object.fromEntries(parameters.map((one) =>
                [one.name, { ...one.schema, description: one.description }])),
            required: parameters.filter((one) => one.required)
                .map((one) => one.name),
        }, this.api);
    }

    rawField() {
        const id = `raw-${this.method}`;
        const types = Object.keys(this.operation.requestBody.content);

        this.rawText = element('textarea', { id, rows: 10, class: 'code',
            spellcheck: 'false', 'data-testid': `${this.method}-body` });
        this.rawType = element('select', { 'aria-label': 'Content type',
            'data-testid': `${this.method}-type` },
        ...types.map((type) => element('option', { value: type }, type)));
        return element('div', { class: 'field raw' },
            element('label', { for: id }, 'Body'), this.rawType, this.rawText);
    }

    ifMatchField() {
        const takes = this.operation.parameters?.some((one) =>
            one.in === 'header' && one.name === 'If-Match');
        const id = `if-match-${this.method}`;

        if (!takes) {
            return null;
        }
        this.etag = element('input', { id, value: this.page.etag ?? '',
            autocomplete: 'off', spellcheck: 'false',
            'data-testid': `${this.method}-if-match` });
        return element('div', { class: 'field if-match' },
            element('label', { for: id }, 'If-Match'), this.etag,
            element('p', { class: 'field-hint' },
                'The version you see; leave empty for whatever is current'));
    }

    /* Between the form and the raw body, which begins with what the form says;
     * where that is nothing, with an example. */
    turn(raw) {
        if (raw && this.fields) {
            const values = this.fields.values({
                changed: this.method === 'patch' });

            this.rawText.value = JSON.stringify(
                Object.keys(values).length || this.method === 'patch'
                    ? values
                    : this.example(), null, 2);
        } else if (raw) {
            this.rawText.value = JSON.stringify(this.example(), null, 2);
        }
        this.rawBegun = this.rawText.value;
        this.raw = raw;
        this.rawBody.hidden = !raw;
        if (this.fields) {
            this.fields.body.hidden = raw;
            this.rawButton.setAttribute('aria-pressed', String(raw));
        }
    }

    /* Only what must be there, where anything must. */
    example() {
        const { content } = this.operation.requestBody;
        const schema = this.api.formOf(this.operation) ??
            content['application/json'].schema;
        const whole = this.api.example(schema);

        if (!schema.required?.length || typeof whole !== 'object') {
            return whole;
        }
        return Object.fromEntries(Object.entries(whole)
            .filter(([name]) => schema.required.includes(name)));
    }

    async submit(event) {
        event.preventDefault();
        if (this.busy || this.isDoubtful() || !await this.isMeant()) {
            return;
        }
        this.setBusy(true);
        this.fields?.clearErrors();
        this.result.replaceChildren();
        try {
            let answer = await this.ask();

            if (await isConfirmed(answer.body)) {
                answer = await this.ask();
            }
            await this.show(answer);
        } finally {
            this.setBusy(false);
        }
    }

    /* Is there a number that might not be what is meant? */
    isDoubtful() {
        return !this.raw &&
            Boolean(this.fields?.showErrors(this.fields.faults()));
    }

    /* Not disabled: that would take the focus away. */
    setBusy(busy) {
        this.busy = busy;
        if (busy) {
            this.submitButton.setAttribute('aria-disabled', 'true');
        } else {
            this.submitButton.removeAttribute('aria-disabled');
        }
    }

    async isMeant() {
        return this.method !== 'delete' || confirmed({
            title: `Delete ${this.page.url.pathname}?`,
            text: `${this.operation.summary}. This can\u2019t be taken back.`,
            verb: 'Delete',
        });
    }

    ask() {
        const url = new URL(this.page.url.pathname, location.origin);
        const headers = {};
        let body;
        let type;

        const query = Object.entries(this.query?.values() ?? {});

        for (const [name, value] of query) {
            url.searchParams.set(name, value);
        }
        if (this.etag?.value) {
            headers['If-Match'] = this.etag.value;
        }
        if (this.raw) {
            body = this.rawText.value;
            type = this.rawType.value;
        } else if (this.fields) {
            body = JSON.stringify(this.fields.values({
                changed: this.method === 'patch' }));
        }
        return send(this.method.toUpperCase(), url, { body, type, headers });
    }

    async show(answer) {
        if (answer.status === 401 && this.page.loggedIn()) {
            goToLogin();
            return;
        }
        this.result.replaceChildren(...this.say(answer));
        if (answer.ok) {
            await this.page.changed(answer);
            return;
        }
        const atField = !this.raw && this.fields?.showErrors(
            answer.body?.errors ?? {});

        if (!atField) {
            this.result.setAttribute('tabindex', '-1');
            this.result.focus();
        }
    }

    say(answer) {
        const line = element('p', {
            class: answer.ok ? 'outcome outcome-well' : 'outcome outcome-ill',
        }, [answer.status || '', answer.words].join(' ').trim());
        const where = ownAddress(answer.header?.('location') ?? '');
        const parts = [line];

        if (!answer.ok && answer.body?.detail) {
            parts.push(element('p', {}, answer.body.detail));
        }
        if (where) {
            parts.push(element('p', {}, element('a', { href: where,
                'data-testid': `${this.method}-location` }, where)));
        }
        if (answer.status === 412 && answer.body?.current) {
            parts.push(this.offerCurrent(answer));
        }
        if (answer.text) {
            const body = element('pre', { class: 'json', tabindex: '0',
                'aria-label': 'Response' });

            body.append(answer.body === null ? answer.text
                : layOut(answer.text, (text) => ownAddress(String(text))));
            parts.push(body);
        }
        return parts;
    }

    /* What is there now: to begin again from it, or to put one's own change on
     * top of it. */
    offerCurrent(answer) {
        const take = async () => {
            await this.page.changed(answer);
            this.tell('The form now shows the current values.');
        };
        const keep = () => {
            this.etag.value = answer.header('etag');
            this.tell('Your change now applies to the current version: send ' +
                'it again.');
        };

        return element('p', { class: 'form-buttons' },
            element('button', { type: 'button', onclick: take,
                'data-testid': `${this.method}-take-current` },
            'Show the current values'),
            element('button', { type: 'button', onclick: keep,
                'data-testid': `${this.method}-keep-mine` }, 'Keep mine'));
    }

    tell(text) {
        this.result.replaceChildren(element('p', { class: 'outcome' }, text));
        this.submitButton.focus();
    }
}
