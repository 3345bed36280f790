/*
 * The symbols that a user watches, kept in the settings: the same in every browser
 * and tab. A change is seen at once, and sent as what was added or removed: where
 * somewhere else the list has changed meanwhile, both changes hold.
 */
import { Problem, ignoreProblem } from '../lib/api.js';
import { keeps, takeKept } from '../lib/kept.js';
import { readKeptSettings, saveSettings } from '../page/own_settings.js';
import { settingDrop, settingGet } from '../lib/settings.js';

const SYMBOLS_MAX = 100;
const SYMBOL_LENGTH = 255;
const AGAIN_MS = 5000; /* until what failed is tried again */
const EVERY_MS = 15000; /* until it is looked for what other browsers did */
const OLD = 'market-list'; /* what a browser kept once, for itself */

/* One that ends in * stands for others. */
export const isSymbol = (text) => text.length > 0 &&
    text.length <= SYMBOL_LENGTH && !text.endsWith('*');

export class WatchedSymbols {
    #kept = []; /* as the server has them */
    #version = null; /* of the settings that they are of; null: not read yet */
    #edits = []; /* {add, remove, isOld}, not kept yet */
    #work = Promise.resolve(); /* one request behind the other */
    #timer = 0;
    #isOn = false;
    #isFailing = false; /* and that was said */
    #others = new BroadcastChannel('lws-app.watched');
    #on;

    /* on.change(): they are others; on.said(text): what has come of keeping
     * them, '' once it is true no more. */
    constructor(on) {
        this.#on = on;
        this.#others.onmessage = () => this.#readIfSeen();
        for (const [target, name] of
            [[window, 'focus'], [document, 'visibilitychange']]) {
            target.addEventListener(name, () => this.#readIfSeen());
        }
        addEventListener('pagehide', () => this.#leave());
        keeps(() => this.#edits.length ? {
            name: 'watched', words: 'A change to your watch list',
            state: this.#edits,
        } : null);
    }

    /* What was not kept before the login ended, and what the server has. */
    start() {
        this.#isOn = true;
        this.#edits.push(...takeKept('watched') ?? []);
        this.read();
    }

    /* Nobody looks at them for now. */
    stop() {
        this.#isOn = false;
        clearTimeout(this.#timer);
    }

    get isRead() {
        return this.#version !== null;
    }

    get symbols() {
        return applied(this.#kept, this.#edits);
    }

    get isFull() {
        return this.symbols.length >= SYMBOLS_MAX;
    }

    add(symbols) {
        this.#edit({ add: symbols.filter(isSymbol), remove: [] });
    }

    remove(symbol) {
        this.#edit({ add: [], remove: [symbol] });
    }

    /* They may have changed somewhere else. */
    read() {
        this.#next(async () => {
            this.#take(await readKeptSettings());
            this.#takeOld();
        });
    }

    #readIfSeen() {
        if (this.#isOn && document.visibilityState === 'visible') {
            this.read();
        }
    }

    #edit(edit) {
        this.#edits.push(edit);
        this.#on.change();
        this.#on.said('');
        this.#next(() => {});
    }

    /* act(), then whatever is not kept yet. */
    #next(act) {
        this.#work = this.#work.then(async () => {
            try {
                await act();
                await this.#keep();
                this.#succeeded();
            } catch (error) {
                this.#failed(error);
            }
        });
    }

    #later(act, ms) {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(act, ms);
    }

    async #keep() {
        const edits = [...this.#edits];

        if (!edits.length) {
            return;
        }
        if (!this.isRead) {
            this.#take(await readKeptSettings());
        }
        await this.#write(edits);
        this.#edits = this.#edits.slice(edits.length);
        if (edits.some(({ isOld }) => isOld)) {
            settingDrop(OLD);
        }
        this.#others.postMessage('');
        this.#on.change();
        this.#on.said(leftWords(edits, this.#kept));
        await this.#keep();
    }

    /* On what is there: the settings may have changed, this list of them too. */
    async #write(edits) {
        for (;;) {
            const before = this.#version;

            try {
                this.#take(await saveSettings(
                    { watch: applied(this.#kept, edits) }, before));
                return;
            } catch (error) {
                const current = error.status === 412 ? error.body?.current : null;

                if (!current || current.version === before) {
                    throw error;
                }
                this.#take(current);
            }
        }
    }

    /* Nobody waits for an answer any more. Where the list has changed by then,
     * that change stands. */
    #leave() {
        if (this.#edits.length && this.isRead) {
            saveSettings({ watch: this.symbols }, this.#version)
                .catch(ignoreProblem);
        }
    }

    #take({ version, settings }) {
        const { watch = [] } = settings;
        const isSame = this.isRead && this.#kept.join('\n') === watch.join('\n');

        this.#version = version;
        this.#kept = watch;
        if (!isSame) {
            this.#on.change();
        }
    }

    /* Once: then the browser has forgotten it. */
    #takeOld() {
        const add = readOld();

        if (add.length && !this.#edits.some(({ isOld }) => isOld)) {
            this.#edits.push({ add, remove: [], isOld: true });
            this.#on.change();
        }
    }

    #succeeded() {
        this.#later(() => this.#readIfSeen(), EVERY_MS);
        if (this.#isFailing) {
            this.#isFailing = false;
            this.#on.said('');
        }
    }

    /* Nothing of it is lost where it may be kept later, or after a login. */
    #failed(error) {
        if (!(error instanceof Problem)) {
            throw error;
        }
        const isForNow = error.status === 0 || error.status === 429 ||
            error.status >= 500;

        if (isForNow) {
            this.#later(() => this.read(), AGAIN_MS);
        } else if (error.status !== 401) {
            this.#edits = [];
            this.#on.change();
        }
        if (this.#edits.length || !isForNow || !this.isRead) {
            this.#isFailing = isForNow;
            this.#on.said(wordsOf(error, isForNow, this.isRead));
        }
    }
}

function wordsOf({ words }, isForNow, isRead) {
    const again = isForNow ? ' This is tried again.' : '';

    return isRead ? `Not saved${isForNow ? ' yet' : ''}: ${words}.${again}`
        : `Your watch list could not be read: ${words}.${again}`;
}

/* The list after these edits: what is added has room up to a limit, and stands
 * behind what was there. */
function applied(symbols, edits) {
    let list = symbols;

    for (const { add, remove } of edits) {
        const room = Math.max(SYMBOLS_MAX, list.length);

        list = [...new Set([...list, ...add])].slice(0, room)
            .filter((symbol) => !remove.includes(symbol));
    }
    return list;
}

/* Of what was to be added, and had no room by then. */
function leftWords(edits, kept) {
    const known = new Set([...kept, ...edits.flatMap(({ remove }) => remove)]);
    const left = edits.flatMap(({ add }) => add)
        .filter((symbol) => !known.has(symbol));

    return left.length ? `You can watch at most ${SYMBOLS_MAX} symbols. ` +
        `Left out: ${left.join(', ')}.` : '';
}

function readOld() {
    try {
        const symbols = JSON.parse(settingGet(OLD, '[]'));

        return symbols.filter((symbol) =>
            typeof symbol === 'string' && isSymbol(symbol))
            .slice(0, SYMBOLS_MAX);
    } catch {
        return [];
    }
}
