/*
 * A search field with a clear button. Calls search(text) when the text rests,
 * at once on Enter and on clearing; leave() when the arrow down leaves it.
 */
const REST_MS = 200;

export class SearchBox {
    #input;
    #clear;
    #search;
    #timer = 0;
    #told = '';

    constructor({ input, clear }, { search, leave }) {
        this.#input = input;
        this.#clear = clear;
        this.#search = search;
        input.addEventListener('input', () => this.#later());
        input.addEventListener('keydown', (event) => {
            if (event.key === 'Enter') {
                this.#now();
            } else if (event.key === 'Escape') {
                this.#escape();
            } else if (event.key === 'ArrowDown') {
                event.preventDefault();
                leave();
            }
        });
        clear.addEventListener('click', () => this.#leave());
        this.#later();
    }

    /* What is searched for, as it was typed. */
    get text() {
        return this.#told;
    }

    /* It is searched for already. */
    set text(text) {
        clearTimeout(this.#timer);
        this.#told = text;
        this.#input.value = text;
        this.#clear.hidden = text === '';
    }

    empty() {
        this.#input.value = '';
        this.#now();
    }

    /* What is typed is searched for, without waiting for more. */
    settle() {
        this.#now();
    }

    focus() {
        this.#input.focus();
        this.#input.select();
    }

    #later() {
        this.#clear.hidden = this.#input.value === '';
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.#now(), REST_MS);
    }

    #now() {
        const text = this.#input.value.trim();

        clearTimeout(this.#timer);
        this.#clear.hidden = this.#input.value === '';
        if (text !== this.#told) {
            this.#told = text;
            this.#search(text);
        }
    }

    #escape() {
        if (this.#input.value === '') {
            this.#input.blur();
        } else {
            this.#leave();
        }
    }

    #leave() {
        this.empty();
        this.#input.focus();
    }
}
