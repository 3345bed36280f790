/*
 * Which layout a grid has, and what is done with layouts: they are saved,
 * renamed, removed, shared by staff, and one is what the page begins with.
 */
import { Problem } from '../lib/api.js';
import { confirmed, say } from '../lib/dialogs.js';
import { at, element } from '../lib/dom.js';
import { sentence } from '../lib/form.js';
import { listLayouts, readLayout, removeLayout, writeLayout }
    from './layouts.js';
import { isStaff } from '../page/me.js';
import { isolated } from '../lib/names.js';

const PAGES_OWN = 'Built-in layout';

/* Of one that is listed, as the value of its option. */
const keyOf = ({ name, shared }) => `${shared ? 'shared' : 'own'}:${name}`;
const quoted = ({ name }) => `\u201c${isolated(name)}\u201d`;

export class LayoutForm {
    #section;
    #grid;
    #all = []; /* as the server has listed them */
    #isBusy = false;

    /* section: what has its words; grid: GridLayout. */
    constructor(section, grid) {
        this.#section = section;
        this.#grid = grid;
        at('layout-choice').addEventListener('change', ({ target }) =>
            this.#do(() => this.#choose(target.value)));
        at('layout-save').addEventListener('click',
            () => this.#do(() => this.#save()));
        at('layout-remove').addEventListener('click',
            () => this.#do(() => this.#remove()));
        at('layout-reset').addEventListener('click',
            () => this.#do(() => this.#reset()));
        at('layout-rename').addEventListener('click',
            () => this.#do(() => this.#rename()));
        at('layout-as').addEventListener('submit', (event) => {
            event.preventDefault();
            this.#do(() => this.#saveAs());
        });
        at('layout-default').addEventListener('change', ({ target }) => {
            grid.isDefault = target.checked;
            this.refresh();
        });
    }

    open() {
        this.#say('');
        this.#do(() => this.#list());
    }

    refresh() {
        const { chosen, isChanged, isDefault } = this.#grid;
        const isOurs = chosen !== null && (!chosen.shared || isStaff);

        this.#options(chosen, isChanged);
        at('layout-default').checked = isDefault;
        at('layout-default').disabled = chosen === null;
        at('layout-save').disabled = !isOurs || !isChanged;
        at('layout-remove').disabled = !isOurs;
        at('layout-rename').disabled = !isOurs;
    }

    #options(chosen, isChanged) {
        const listed = this.#all.some((one) =>
            chosen && keyOf(one) === keyOf(chosen));
        const all = chosen && !listed ? [...this.#all, chosen] : this.#all;
        const key = chosen ? keyOf(chosen) : '';

        at('layout-choice').replaceChildren(
            option('', PAGES_OWN, key === '', isChanged),
            ...all.map((one) => option(keyOf(one),
                one.shared ? `${one.name} (shared)` : one.name,
                key === keyOf(one), isChanged)));
    }

    /* One act at a time; what went wrong is said here. */
    async #do(act) {
        if (this.#isBusy) {
            return;
        }
        this.#isBusy = true;
        try {
            await act();
        } catch (error) {
            if (!(error instanceof Problem)) {
                throw error;
            }
            this.#say(error.status === 412
                ? 'Somebody has changed it in the meantime: nothing was done. ' +
                    'Choose it again, or save yours under another name.'
                : `${sentence(error.words)}.`, true);
        } finally {
            this.#isBusy = false;
            this.refresh();
        }
    }

    #say(text, isError = false) {
        say(text, isError, this.#section);
    }

    async #list() {
        this.#all = await listLayouts();
    }

    async #choose(key) {
        const one = this.#all.find((each) => keyOf(each) === key) ?? null;

        if (!await this.#isLeft(one ? quoted(one) : `\u201c${PAGES_OWN}\u201d`)) {
            return;
        }
        this.#grid.choose(one && await readLayout(one));
        this.#say('');
    }

    /* May what is not saved go? Where there is no name to save it under it goes
     * without a word, as it came. */
    #isLeft(other) {
        const { chosen, isChanged } = this.#grid;

        return !isChanged || chosen === null || confirmed({
            title: `Leave the changes of ${quoted(chosen)}?`,
            text: `They are not saved. ${sentence(other)} takes their place.`,
            verb: `Load ${other}`,
        });
    }

    async #save() {
        await this.#keep(this.#grid.chosen);
        this.#say(`${quoted(this.#grid.chosen)} is saved.`);
    }

    async #saveAs() {
        const { name, shared } = at('layout-as').elements;
        const wanted = {
            name: name.value.trim(), shared: shared.checked,
        };

        if (!this.#isNamed(wanted.name)) {
            return;
        }
        await this.#list();
        const there = this.#all.find((one) => keyOf(one) === keyOf(wanted));

        if (there && !await confirmed({
            title: `Replace ${quoted(there)}?`,
            text: 'There is a layout of that name already.',
            verb: `Replace ${quoted(there)}`,
        })) {
            return;
        }
        await this.#keep({ ...wanted, version: there?.version });
        name.value = '';
        this.#say(`${quoted(wanted)} is saved${wanted.shared
            ? ', and everybody can choose it' : ''}.`);
    }

    #isNamed(name) {
        if (!name) {
            this.#say('Give it a name first.', true);
            at('layout-name').focus();
        }
        return name !== '';
    }

    async #keep(one) {
        this.#grid.saved(await writeLayout(one, this.#grid.body));
        await this.#list();
    }

    /* It is there under the new name before the old one goes. */
    async #rename() {
        const { chosen, isDefault } = this.#grid;
        const name = at('layout-name').value.trim();

        if (!this.#isNamed(name)) {
            return;
        }
        const { layout } = await readLayout(chosen);
        const kept = await writeLayout(
            { name, shared: chosen.shared }, layout);

        await removeLayout(chosen);
        this.#grid.renamed(kept);
        if (isDefault) {
            this.#grid.isDefault = true;
        }
        at('layout-name').value = '';
        await this.#list();
        this.#say(`${quoted(chosen)} is called ${quoted(kept)} now.`);
    }

    async #remove() {
        const { chosen, isDefault } = this.#grid;

        if (!await confirmed({
            title: `Delete ${quoted(chosen)}?`,
            text: (chosen.shared ? 'Nobody can choose it any more. ' : '') +
                'The columns stay as they are until you choose another layout.',
            verb: `Delete ${quoted(chosen)}`,
        })) {
            return;
        }
        await removeLayout(chosen);
        if (isDefault) {
            this.#grid.isDefault = false;
        }
        this.#grid.saved(null);
        await this.#list();
        this.#say(`${quoted(chosen)} is deleted.`);
    }

    async #reset() {
        if (await this.#isLeft(`\u201c${PAGES_OWN}\u201d`)) {
            this.#grid.choose(null);
            this.#say('Back to the built-in layout.');
        }
    }
}

function option(value, words, isSelected, isChanged) {
    const node = element('option', {},
        isSelected && isChanged ? `${words} \u2013 changed` : words);

    node.value = value;
    node.selected = isSelected;
    return node;
}
