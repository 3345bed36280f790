/*
 * A form that is sent by script: errors stand at their fields, in words, until
 * the field is corrected, and the first of them gets the focus; a second submit
 * waits for the first. What is typed into a field of class "number" is read as
 * this browser shows it; blanks around a text are not meant.
 */
import { Problem, goToLogin } from './api.js';
import { ignoreHeld } from './asked.js';
import { bringInView, say } from './dialogs.js';
import { at, element, isFocusLost } from './dom.js';
import { localWords } from './format.js';
import { keeps } from './kept.js';
import { typedName } from './names.js';
import { readField, typedIn } from './number_input.js';
import { underWay } from './under_way.js';

const TEXTS = new Set(['text', 'search', 'email']);

export class Form {
    #form;
    #error;
    #submit;
    #busy = false;
    #filled;
    #check;
    #kin;
    #verb; /* what the button says, unless something is under way */
    #isDoing = false;
    #isKept = false; /* the error is true whatever is typed */
    /* What is true of it when the server is there again; null: all of it. */
    #afterwards = null;

    /* form: with a .form-error, fields in .field each. check(values): {field:
     * [what is wrong]}; send(values): what Enter and the submit button do;
     * throws a Problem. done(answer). kin: {field: [others whose errors may be
     * about it too]}. doing(): the words of the button while it is sent, where
     * send() does not set them itself: null. kept(): see keeps(). */
    constructor(form, {
        check = () => ({}), send, done, kin = {},
        doing = () => `${this.#verb}\u2026`, kept = () => this.#kept(),
    }) {
        this.#form = form;
        this.#check = check;
        this.#kin = kin;
        this.#error = form.querySelector('.form-error');
        this.#submit = form.querySelector('button[type="submit"]');
        this.#verb = this.#submit.textContent;
        this.settle();
        keeps(kept);
        form.noValidate = true;
        form.addEventListener('submit', (event) => {
            event.preventDefault();
            /* A closed dialog keeps the focus, and so the keys, for a moment. */
            if (form.closest('dialog')?.open !== false) {
                this.#run(send, done, doing);
            }
        });
        form.addEventListener('input', ({ target }) => this.#typed(target));
        ignoreHeld(form);
    }

    get elements() {
        return this.#form.elements;
    }

    /* What the fields hold; those switched off hold nothing. faults: {field:
     * [why it is no number]}, and then such a value is as it was typed. */
    read() {
        const values = Object.fromEntries(new FormData(this.#form));
        const faults = {};

        for (const box of this.#boxes()) {
            values[box.name] = box.checked;
        }
        for (const { name } of this.#texts()) {
            values[name] = typedName(values[name]);
        }
        for (const { name } of this.#choices()) {
            values[name] ??= '';
        }
        for (const field of this.#numbers()) {
            const { name } = field;

            if (values[name]?.trim()) {
                const { value, fault } = readField(field);

                values[name] = value ?? values[name];
                Object.assign(faults, fault && { [name]: [fault] });
            }
        }
        return { values, faults };
    }

    /* Is anything in it not as it was filled in? */
    get isChanged() {
        return this.#text() !== this.#filled;
    }

    /* Is it being sent? */
    get isBusy() {
        return this.#busy;
    }

    /* The server is there, or there again. */
    reached() {
        if (this.#afterwards !== null) {
            this.#error.textContent = this.#afterwards;
            this.#afterwards = null;
        }
    }

    /* Said for the whole of it. */
    tell(text) {
        this.#afterwards = null;
        this.#error.textContent = text;
        bringInView(this.#error);
    }

    get told() {
        return this.#error.textContent;
    }

    set verb(text) {
        this.#verb = text;
        if (!this.#isDoing) {
            this.#submit.textContent = text;
        }
    }

    /* What is under way, on the button; null: nothing. */
    set doing(text) {
        this.#isDoing = text !== null;
        this.#submit.textContent = text ?? this.#verb;
    }

    /* Does it look as if it would be taken? */
    set isArmed(on) {
        this.#submit.classList.toggle('primary', on);
    }

    fill(values) {
        for (const [name, value] of Object.entries(values)) {
            const field = this.#form.elements.namedItem(name);

            if (field?.type === 'checkbox') {
                field.checked = value === true;
            } else if (field?.matches?.('.number')) {
                field.value = typedIn(field, value);
            } else if (field) {
                field.value = value ?? '';
            }
        }
        this.settle();
    }

    /* Fields that are as they were filled in become these; what somebody has
     * typed stays. */
    follow(values) {
        const filled = new URLSearchParams(this.#filled);
        const typed = new URLSearchParams(this.#text());

        for (const [name, value] of Object.entries(values)) {
            const field = this.#form.elements.namedItem(name);

            if (!field || typed.get(name) !== filled.get(name)) {
                continue;
            }
            put(field, value);
            if (field === document.activeElement) {
                field.select?.(); /* what is typed next replaces it */
            }
            const now = new FormData(this.#form).get(name);

            if (now === null) {
                filled.delete(name);
            } else {
                filled.set(name, now);
            }
        }
        filled.sort();
        this.#filled = filled.toString();
    }

    /* All of it as it is typed; null: it is not to be seen, or is as it was. */
    get typed() {
        return this.isChanged && this.#form.checkVisibility() ? this.#text()
            : null;
    }

    /* typed: what was typed over what it is filled with. */
    retype(typed) {
        for (const [name, value] of new URLSearchParams(typed)) {
            const field = this.#form.elements.namedItem(name);

            if (field) {
                field.value = value;
            }
        }
    }

    #kept() {
        const title = this.#form.closest('dialog, section')
            ?.querySelector('h1, h2, h3')?.textContent.trim();

        return this.typed === null ? null
            : { words: `What you have entered under \u201c${title}\u201d` };
    }

    /* As it is now it has not been changed. */
    settle() {
        this.#filled = this.#text();
    }

    reset() {
        this.#form.reset();
        this.clear();
        this.settle();
    }

    clear() {
        this.#error.textContent = '';
        this.#afterwards = null;
        this.#isKept = false;
        for (const field of this.#form.querySelectorAll('[aria-invalid]')) {
            unmark(field);
        }
    }

    /* An error goes when its field is corrected. Not one about the whole that
     * is true whatever is typed. */
    #typed({ name }) {
        if (!name || this.#busy) {
            return;
        }
        const { values, faults } = this.read();
        const wrong = { ...this.#check(values), ...faults };

        for (const one of [name, ...this.#kin[name] ?? []]) {
            const field = firstOf(this.#form.elements.namedItem(one));

            if (field?.matches('[aria-invalid]')) {
                unmark(field);
                if (wrong[one]) {
                    mark(field, wrong[one]);
                }
            }
        }
        if (!this.#isKept) {
            this.#error.textContent = '';
            this.#afterwards = null;
        }
    }

    async #run(send, done, doing) {
        if (this.#busy) {
            return;
        }
        let isBack = false;

        this.#busy = true;
        this.clear();
        this.#hush();
        this.#form.setAttribute('aria-busy', 'true');
        this.#submit.disabled = true;
        try {
            const { values, faults } = this.read();
            const errors = { ...this.#check(values), ...faults };

            if (Object.keys(errors).length) {
                throw new Problem('a field breaks a rule', 0, { errors });
            }
            done(await (doing ? underWay(() => send(values), (on) => {
                this.doing = on ? doing() : null;
            }) : send(values)));
        } catch (error) {
            if (!(error instanceof Problem)) {
                throw error;
            }
            this.clear();
            this.#show(error);
            isBack = Boolean(error.isBack);
            if (error.status === 401) {
                goToLogin();
            }
        } finally {
            this.#busy = false;
            this.#form.removeAttribute('aria-busy');
            this.#submit.disabled = false;
            this.#focusFirst(isBack);
        }
    }

    /* Something else that was done here went wrong. */
    failed(problem) {
        if (!(problem instanceof Problem)) {
            throw problem;
        }
        this.#show(problem);
        bringInView(this.#error);
    }

    /* A fault of something that is no field here is said for the whole. */
    #show(problem) {
        const rest = [];
        const isServers = problem.status > 0;

        this.#isKept = Boolean(problem.isUnknown);
        for (const [name, texts] of Object.entries(problem.fields)) {
            const field = this.#form.elements.namedItem(name);

            if (field && !this.#isHidden(field)) {
                mark(field, [].concat(texts).map((text) =>
                    isServers && isNumber(field) ? localWords(text) : text));
            } else {
                rest.push(`${name} ${[].concat(texts).join(', ')}`);
            }
        }
        if (rest.length) {
            this.#error.textContent = `${sentence(rest.join('; '))}.`;
        } else if (!this.#form.querySelector('[aria-invalid]')) {
            this.#error.textContent = `${sentence(problem.message)}.`;
            this.#afterwards = afterwardsOf(problem);
        }
    }

    /* What an earlier action here has come to. */
    #hush() {
        const said = this.#form.closest('section')?.querySelector('.said');

        if (said?.textContent) {
            say('', false, this.#form.closest('section'));
        }
    }

    #isHidden(field) {
        const { disabled, type } = firstOf(field);

        return disabled || type === 'hidden';
    }

    /* isBack: to what has been typed. */
    #focusFirst(isBack) {
        const wrong = this.#form.querySelector('[aria-invalid]');
        const isOpen = this.#form.closest('dialog')?.open !== false;

        if (wrong) {
            wrong.focus();
        } else if (isFocusLost() && this.#form.isConnected && isOpen) {
            ((isBack && this.#firstTyped()) || this.#submit).focus();
        }
        if (isOpen) {
            bringInView(this.#error);
        }
    }

    /* The first field that is not as it was filled in, or null. */
    #firstTyped() {
        const filled = new URLSearchParams(this.#filled);
        const typed = new URLSearchParams(this.#text());
        const name = [...typed.keys()].find(
            (one) => typed.get(one) !== filled.get(one));

        return name ? firstOf(this.#form.elements.namedItem(name)) : null;
    }

    #text() {
        const params = new URLSearchParams(new FormData(this.#form));

        params.sort();
        return params.toString();
    }

    #texts() {
        return [...this.#form.elements].filter(
            ({ type, name, disabled }) => TEXTS.has(type) && name && !disabled);
    }

    #numbers() {
        return [...this.#form.elements].filter(
            (field) => field.matches('.number:enabled'));
    }

    #choices() {
        return [...this.#form.elements].filter(
            ({ type, disabled }) => type === 'radio' && !disabled);
    }

    #boxes() {
        return [...this.#form.elements].filter(
            ({ type, name, disabled }) =>
                type === 'checkbox' && name && !disabled);
    }
}

/* Of choices, none is taken where the value is none of theirs. */
function put(field, value) {
    if (field instanceof RadioNodeList) {
        for (const choice of field) {
            choice.checked = choice.value === value;
        }
    } else {
        field.value = field.matches('.number') ? typedIn(field, value)
            : value ?? '';
    }
}

const firstOf = (field) =>
    field instanceof RadioNodeList ? field[0] : field;
const errorIdOf = (field) => `${field.id || field.name}-error`;
const isNumber = (field) => field.classList?.contains('number');

function mark(field, texts) {
    const one = firstOf(field);
    const holder = one.closest('.field');
    const error = element('div', { class: 'field-error' });

    error.id = errorIdOf(one);
    for (const text of texts) {
        error.append(element('p', {}, text === 'is required' ? 'Required.'
            : `${sentence(text)}.`));
    }
    holder.append(error);
    one.setAttribute('aria-invalid', 'true');
    describe(one, error.id);
}

function unmark(field) {
    at(errorIdOf(field))?.remove();
    field.removeAttribute('aria-invalid');
    describe(field, null);
}

/* Of a Problem, when the server is there again: what is to be said of it still,
 * or null: what was. */
export function afterwardsOf({ isUnreached, afterwards }) {
    return !isUnreached ? null
        : afterwards ? `${sentence(afterwards)}.` : '';
}

/* Beside the hint that a field may have. */
function describe(field, errorId) {
    const others = (field.getAttribute('aria-describedby') ?? '').split(' ')
        .filter((id) => id && !id.endsWith('-error'));

    field.setAttribute('aria-describedby',
        [...others, errorId].filter(Boolean).join(' '));
}

/* A message of the server as a sentence without its full stop. */
export function sentence(text) {
    return text.charAt(0).toUpperCase() + text.slice(1).replace(/\.$/, '');
}
