/*
 * One change of several orders: of the price or the quantity, to a number or by
 * some. One question lists each as it is and as it would be, and what is odd about
 * that; then each is sent, and what has come of it is said.
 */
import { Problem } from '../lib/api.js';
import { compareDecimals } from '../lib/decimal.js';
import { confirmed, openDialog, refocus, renew, say, startDialog, told }
    from '../lib/dialogs.js';
import { at, isFocusLost, plural } from '../lib/dom.js';
import { Form, sentence } from '../lib/form.js';
import { formatCount, formatDecimal } from '../lib/format.js';
import { instrumentOf } from '../orders/instruments.js';
import { keeps } from '../lib/kept.js';
import { changeWords, readLines, renewedLine }
    from './many_changes.js';
import { outcomeTold, outcomeWords } from './many_result.js';
import { sendChanges } from './many_sent.js';
import { isolated } from '../lib/names.js';
import { isInParts } from '../lib/number_input.js';
import { COLUMNS, moreWords, tableOf, whoseWords } from './order_question.js';
import { STEPS } from '../orders/order_rules.js';
import { newsOf } from '../orders/order_state.js';
import { orderWords } from '../orders/order_words.js';
import { stoppable } from '../lib/stop_button.js';

const VERB = 'changed';

export class ChangeMany {
    #dialog = at('change-many');
    #form;
    #grid;
    #choice;
    #everybody;
    #open = null; /* the question: {asked, lines, change, shown, isOdd} */
    #isBusy = false;
    #state = ''; /* how far it has come, until that has been read */

    /* Whether something is sent has changed; the page's to set. */
    onBusy = () => {};

    /* choice: OrderChoice; everybody: not one's own orders alone. */
    constructor({ grid, choice, everybody }) {
        const form = at('change-many-form');

        this.#grid = grid;
        this.#choice = choice;
        this.#everybody = everybody;
        this.#form = new Form(form, {
            check: (values) => check(values),
            kin: { field: ['amount'], how: ['amount'], unit: ['amount'] },
            send: (values) => this.#read(values),
            done: (asked) => this.#ask(asked),
            doing: () => 'Listing them\u2026',
            kept: () => null,
        });
        form.addEventListener('input', () => this.#typed());
        startDialog(this.#dialog);
        keeps(() => this.#state ? {
            name: 'many', words: this.#state,
            state: `Your login had ended meanwhile. ${this.#state}.`,
        } : null);
    }

    get isBusy() {
        return this.#isBusy;
    }

    open() {
        this.#form.reset();
        this.#typed();
        openDialog(this.#dialog);
        this.refresh();
        this.#form.elements.amount.focus();
    }

    /* Orders have changed, or are no more. */
    refresh() {
        if (this.#dialog.open) {
            at('change-many-title').textContent =
                `Change ${plural(this.#choice.orders.length, 'order')}`;
        }
        if (this.#open) {
            this.#renew();
        }
    }

    /* The fields follow each other. */
    #typed() {
        const { field, how, unit, amount } = this.#form.elements;
        const [amounts, steps] = unit.options;

        at('change-many-unit').hidden = how.value === 'to';
        unit.disabled = how.value === 'to';
        amounts.textContent = 'as a number';
        steps.textContent = `in ${STEPS[field.value]}s`;
        at('change-many-amount-title').textContent = how.value === 'to'
            ? `New ${field.value}` : 'By';
        amount.dataset.whole = this.#isWhole(field.value, how.value, unit.value)
            ? 'yes' : 'no';
        this.refresh();
    }

    /* What is a whole number as a rule. */
    #isWhole(field, how, unit) {
        return how !== 'to' && unit === 'steps' || field === 'quantity' &&
            !this.#choice.orders.every(({ instrument }) =>
                isInParts(instrumentOf(instrument)?.lot));
    }

    async #read({ field, how, unit, amount }) {
        const { orders } = this.#choice;
        const change = {
            field, how, amount, isSteps: how !== 'to' && unit === 'steps',
        };

        if (!orders.length) {
            throw new Problem('None of these orders is there any more');
        }
        const lines = await readLines(orders, change, this.#everybody);

        return { change, lines: lines.sort((a, b) => rankOf(a) - rankOf(b)) };
    }

    async #ask({ change, lines }) {
        const asked = question(change, lines);

        this.#open = { asked, lines, change, shown: '' };
        this.#renew();
        const isYes = await confirmed(asked);
        const meant = this.#open.lines;

        this.#open = null;
        if (!isYes) {
            refocus(this.#dialog);
            return;
        }
        this.#dialog.close();
        await this.#send(meant, change);
    }

    /* What has become of the orders meanwhile. */
    #renew() {
        const { asked, lines, change, shown } = this.#open;
        const now = new Map(this.#choice.orders.map(
            (order) => [order.id, order]));
        const present = lines.map((line) => renewedLine(line,
            now.get(line.seen.id) ?? null, change));
        const state = JSON.stringify(present.map(
            ({ order, why }) => [order.version, why]));

        this.#open.lines = present;
        if (shown !== state) {
            this.#open.shown = state;
            renew(asked, question(change, present));
        }
    }

    async #send(lines, change) {
        const meant = lines.filter(({ isLeft }) => !isLeft);
        let outcome = null;

        this.#busy(true);
        this.#tell(meant, 0);
        try {
            outcome = await stoppable((isStopped) => sendChanges(meant, change, {
                told: ({ done }) => this.#tell(meant, done.length),
                changed: (order) => this.#grid.show(order),
                gone: (id) => this.#grid.removed(id),
                isStopped,
            }));
        } finally {
            this.#busy(false);
        }
        outcome.left.push(...lines.filter(({ isLeft }) => isLeft)
            .map(({ order, why }) => ({ order, detail: why })));
        await this.#tellOutcome(outcome, change);
        this.#state = '';
    }

    /* The button that was pressed is switched off meanwhile. */
    #busy(on) {
        const [first] = this.#choice.orders;

        this.#isBusy = on;
        this.onBusy();
        if (!on && isFocusLost() && first) {
            this.#grid.focusRow(first.id);
        }
    }

    #tell({ length }, done) {
        this.#state = `${formatCount(done)} of ${plural(length, 'order')} ` +
            'were changed when that was last heard of';
        say(`Changing ${plural(length, 'order')}: ${formatCount(done)} ` +
            'done\u2026');
    }

    async #tellOutcome(outcome, change) {
        const { left, unknown, unsent } = outcome;
        const isWhole = !left.length && !unknown.length && !unsent.length;
        const words = outcomeWords(outcome, VERB);

        this.#state = words;
        say(isWhole ? `${words}: ${changeWords(change)}.` : `${words}.`,
            unknown.length + unsent.length > 0);
        if (!isWhole) {
            await told(outcomeTold(outcome, VERB, ({ order, before }) =>
                `${orderWords(order)}: ` +
                newsOf(before, order, new Set([change.field]))));
        }
    }
}

function check({ field, how, unit, amount }) {
    const isSteps = how !== 'to' && unit === 'steps';
    const isAbove = how !== 'to' || field === 'quantity';

    if (!amount.trim()) {
        return { amount: ['is required'] };
    }
    if (isAbove && (amount === '0' || compareDecimals(amount, '0') < 0)) {
        return { amount: ['must be greater than 0'] };
    }
    return isSteps && !/^\d{1,9}$/.test(amount)
        ? { amount: ['must be a whole number'] } : {};
}

/* The argument of confirmed(), without a verb where there is nothing to be done. */
function question(change, lines) {
    const meant = lines.filter(({ isLeft }) => !isLeft);
    const left = lines.length - meant.length;
    const odd = meant.filter(({ odd: words }) => words.length).length;
    const title = `${sentence(changeWords(change))}: ` +
        `change ${plural(meant.length, 'order')}?`;

    return {
        title: meant.length ? title : 'None of these can be changed like this',
        text: [
            `${whoseWords(lines.map(({ order }) => order))}.`,
            odd ? `Look twice: ${formatCount(odd)} of them ` +
                `${odd === 1 ? 'looks' : 'look'} odd.` : '',
            left ? `${formatCount(left)} of the ` +
                `${plural(lines.length, 'selected order')} will be left.` : '',
        ].filter(Boolean).join(' '),
        verb: meant.length ? `Change ${plural(meant.length, 'order')}`
            : undefined,
        list: tableOf(lines.map((line) => ({
            ...line, notes: notesOf(line, lines),
            isOdd: !line.isLeft && line.odd.length > 0,
        })), columnsOf(change)),
        more: moreWords(lines),
    };
}

/* What has to be looked at stands first, what is left last. */
const rankOf = ({ odd, isLeft }) => isLeft ? 2 : odd.length ? 0 : 1;

function notesOf({ order, why, odd }, lines) {
    const isOfMany = lines.some((line) => line.order.owner !== order.owner);

    return [
        isOfMany ? `of ${isolated(order.owner)}` : null,
        ...why === null ? odd.map(sentence) : [why],
    ].filter(Boolean);
}

/* Those of every question, and what is changed as it is and as it would be. */
function columnsOf({ field }) {
    return COLUMNS.map((column) =>
        column.title.toLowerCase() !== field ? column : {
            title: column.title,
            words: (order, { after, isLeft }) => isLeft
                ? formatDecimal(order[field])
                : `${formatDecimal(order[field])} \u2192 ${formatDecimal(after)}`,
        });
}
