/*
 * The order ticket: one form for a new order and for all fields of one that is
 * there. The owner may set less than staff; the rest is not offered. Its button
 * says what is about to be sent, read as the server will read it.
 */
import { Problem, ignoreProblem } from '../lib/api.js';
import { Asked } from '../lib/asked.js';
import { lateLook, lookAtDeal } from './deal_guard.js';
import { DefaultsForm } from './defaults_form.js';
import { confirmed, openDialog } from '../lib/dialogs.js';
import { at } from '../lib/dom.js';
import { Form, sentence } from '../lib/form.js';
import { takeKept } from '../lib/kept.js';
import { may, onMe, ownName, readMe, readMeIfOld } from '../page/me.js';
import { isolated, typedName } from '../lib/names.js';
import { changeOrder, readOrder } from './order_change.js';
import { limitWords } from '../orders/order_rules.js';
import {
    fillFault, filledWords, newsOf, obstacle, quantityFault,
} from '../orders/order_state.js';
import { dealWords, orderWords } from '../orders/order_words.js';
import { newId, placeOrder } from './place_order.js';
import { TicketDefaults } from './ticket_defaults.js';
import { TicketInstrument } from './ticket_instrument.js';
import { settingGet, settingPut } from '../lib/settings.js';
import { Before, underWay } from '../lib/under_way.js';

/* What an empty field of the form stands for. */
const NULLS = new Set(['average_price', 'client_order_id']);
/* What follows the order as long as nobody types over it. */
const FOLLOWED = [
    'owner', 'instrument', 'side', 'quantity', 'price', 'filled_quantity',
    'average_price', 'status', 'client_order_id',
];
/* What a copy of an order begins with. */
const COPIED = ['owner', 'instrument', 'side', 'quantity', 'price'];
/* What is said of it; how much is filled is said anyway. */
const NEWS = new Set(
    ['instrument', 'side', 'quantity', 'price', 'client_order_id']);
const REST_MS = 200;
const FRESH_MS = 10000; /* for so long a deal that was not odd is none */
const NOTHING_FAR = { of: null, at: -Infinity, words: null, isRead: false };
/* As the form calls them. */
const TITLES = {
    instrument: 'Instrument', quantity: 'Quantity', price: 'Price', filled_quantity: 'Filled',
    average_price: 'Average price',
};

export class OrderTicket {
    #dialog = at('ticket');
    #keep = at('ticket-keep'); /* open for the next one */
    #form;
    #instrument;
    #defaults = new TicketDefaults();
    #seen = null; /* the order that is changed; null: a new one */
    #now = null; /* as it is now, as far as is known; null: it is no more */
    #everybody;
    #quote;
    #verb = '';
    #timer = 0;
    /* of: what the words are about, looked at when; isRead: see lookAtDeal(). */
    #far = NOTHING_FAR;
    #asked = new Asked(); /* to press again: for what */
    #before = new Before();
    #id = ''; /* of a new order where none is typed: see placeOrder() */
    #sent = null; /* what was sent and has not been answered for sure */
    #isCopy = false; /* defaults do not count then */

    /* everybody: staff's fields too; quote: TicketQuote. placed(order),
     * changed({order, isMine}): it is done. */
    constructor({ everybody, quote, placed, changed }) {
        const form = this.#dialog.querySelector('form');

        this.#everybody = everybody;
        this.#quote = quote;
        this.#instrument = new TicketInstrument(
            form, this.#defaults, () => this.#typed());
        this.#form = new Form(form, {
            check: (values) => ({
                ...this.#instrument.faults(values, this.#now),
                ...check(values),
            }),
            kin: {
                price: ['quantity'],
                instrument: ['price', 'quantity'],
            },
            doing: null,
            kept: () => this.#kept(),
            send: (values) => this.#send(values),
            done: (answer) => {
                if (this.#seen === null && this.#keep.checked) {
                    placed(answer);
                    this.#goOnAfter(answer);
                    return;
                }
                this.#dialog.close();
                if (this.#seen === null) {
                    placed(answer);
                } else if (answer) {
                    changed(answer);
                }
            },
        });
        this.#keep.addEventListener('change', () => {
            settingPut('ticket-open', this.#keep.checked ? 'yes' : 'no');
        });
        form.addEventListener('input', () => this.#typed());
        new DefaultsForm(this.#defaults, () => this.#form.read().values);
        this.#defaults.onChange(() => {
            if (this.#dialog.open) {
                this.#typed();
            }
        });
        onMe(() => {
            if (this.#dialog.open) {
                this.#typed();
            }
        });
        form.addEventListener('click', (event) => {
            if (event.target.closest('[data-leave]')) {
                this.#leave();
            }
        });
        this.#dialog.addEventListener('close', () => {
            if (!this.#dialog.open) {
                quote.show('');
            }
        });
        this.#dialog.addEventListener('cancel', (event) => {
            if (this.#form.isChanged || this.#form.isBusy) {
                event.preventDefault();
                this.#leave();
            }
        });
    }

    place() {
        this.#open(null, 'New order', 'Place order');
        openDialog(this.#dialog);
    }

    /* A new one with the deal of one that is there; what is typed replaces the
     * quantity. */
    copy(order) {
        this.#open(null, `New order like order ${order.id}`, 'Place order');
        this.#isCopy = true;
        this.#form.fill(Object.fromEntries(
            COPIED.map((name) => [name, order[name]])));
        this.#typed();
        openDialog(this.#dialog);
        this.#form.elements.quantity.select();
    }

    /* For the next order: of the same instrument, and nothing else of the last
     * one, so that no second press places that again. */
    #goOnAfter(order) {
        const { owner } = this.#form.read().values;

        this.#open(null, 'New order', 'Place order');
        this.#form.fill({ owner, instrument: order.instrument });
        at('ticket-placed').textContent = `${sentence(orderWords(order))} is placed.`;
        /* Its defaults count once the last one is not being sent any more. */
        queueMicrotask(() => {
            this.#typed();
            this.#form.elements.quantity.select();
        });
    }

    /* field: the column that was meant, or null: what is typed replaces the
     * price then, or else the quantity. */
    change(order, field = null) {
        this.#open(order, `Change order ${order.id}`, 'Save changes');
        this.#form.fill(order);
        this.#typed();
        openDialog(this.#dialog);
        this.#form.elements[field === 'price' ? 'price' : 'quantity'].select();
    }

    /* What was typed when the login ended, once. Gives the order that it
     * changes, as it is now, or null. */
    async goOn() {
        const kept = takeKept('ticket');

        if (!kept) {
            return null;
        }
        const { seen, typed, id, sent } = kept;
        const now = seen && await readOrder(seen.id);

        if (seen) {
            this.change(seen);
        } else {
            this.place();
        }
        this.#form.retype(typed);
        this.#id = id;
        this.#sent = sent;
        if (now) {
            this.note(now);
        } else if (seen) {
            this.lost(seen);
        }
        this.#typed();
        this.#form.tell(sent
            ? 'Your login had ended. Before that no answer came, so it is ' +
                `not known whether ${seen ? 'this was saved'
                    : 'this order was placed'}.`
            : 'Your login had ended before this was sent. Here is what you ' +
                'had typed.');
        return now;
    }

    #kept() {
        const { typed } = this.#form;

        if (typed === null) {
            return null;
        }
        const { values, faults } = this.#form.read();
        const { instrument, side, quantity, price } = values;
        const isWhole = !Object.keys(faults).length && instrument && side &&
            quantity && price;
        const deal = isWhole ? `: ${dealWords(values)}` : '';

        return {
            name: 'ticket',
            words: (this.#seen ? `Change of ${orderWords(this.#seen)}`
                : 'New order') + deal + (this.#sent
                ? '. It is not known what became of it' : '. It was not sent'),
            state: {
                seen: this.#seen, typed, id: this.#id, sent: this.#sent,
            },
        };
    }

    /* An order has changed, perhaps the one that is being changed here: what
     * nobody has typed over is as it is now. */
    note(order) {
        if (order.id !== this.#now?.id || order.version <= this.#now.version) {
            return;
        }
        this.#now = order;
        this.#form.follow(Object.fromEntries(
            FOLLOWED.map((name) => [name, order[name]])));
        this.#tellNow();
        this.#typed();
    }

    /* The server is there, or there again. */
    reached() {
        this.#form.reached();
    }

    /* An order is no more. */
    lost(order) {
        if (order.id === this.#now?.id) {
            this.#now = null;
            this.#tellNow();
            this.#typed();
        }
    }

    /* How much of it is filled, and what has changed since it was opened. */
    #tellNow() {
        const isChanged = this.#seen && this.#now &&
            this.#seen.version !== this.#now.version;
        const news = isChanged ? newsOf(this.#seen, this.#now, NEWS) : '';

        at('ticket-now').textContent = !this.#now ? ''
            : filledWords(this.#now) +
                (news ? `. Changed in the meantime: ${news}` : '');
    }

    /* Why it can't be sent whatever is typed, or null. */
    #whyNot() {
        const right = this.#seen ? 'change' : 'add';

        if (!may(right)) {
            return `you may not ${right} orders`;
        }
        if (!this.#seen) {
            return null;
        }
        const name = orderWords(this.#seen);
        const reason = this.#now ? obstacle('change', this.#now)
            : 'has been removed in the meantime and can no longer be changed';

        return reason && `${name} ${reason}`;
    }

    #open(order, title, verb) {
        this.#seen = this.#now = order;
        this.#verb = verb;
        this.#far = NOTHING_FAR;
        this.#asked = new Asked();
        this.#id = newId();
        this.#sent = null;
        this.#isCopy = false;
        clearTimeout(this.#timer);
        this.#form.reset();
        this.#keep.checked = settingGet('ticket-open', 'no') === 'yes';
        at('ticket-title').textContent = title;
        this.#tellNow();
        for (const part of this.#dialog.querySelectorAll(
            '[data-staff], [data-changing]')) {
            const shown = (this.#everybody || !('staff' in part.dataset)) &&
                (order !== null || !('changing' in part.dataset));

            part.hidden = !shown;
            for (const field of part.querySelectorAll('input, select')) {
                field.disabled = !shown;
            }
        }
        for (const id of ['defaults-open', 'ticket-next']) {
            at(id).hidden = order !== null;
        }
        at('ticket-placed').textContent = '';
        this.#form.settle();
        this.#typed();
        this.#defaults.read();
        /* Limits may have been set since the page came. */
        readMe().catch(() => {});
    }

    /* What has been typed is not dropped without a word, and what is on its
     * way is not dropped at all. What is only looked at is not sent then. */
    async #leave() {
        if (!this.#before.stop() && this.#form.isBusy) {
            this.#form.tell(this.#seen
                ? `Order ${this.#seen.id} is being changed. It is too late to ` +
                    'discard that: wait for the answer.'
                : 'The order is being placed. It is too late to discard ' +
                    'that: wait for the answer.');
        } else if (!this.#form.isChanged || await confirmed(this.#drop())) {
            this.#dialog.close();
        }
    }

    #drop() {
        if (this.#sent) {
            return {
                title: 'Leave without knowing?',
                text: this.#seen
                    ? `It is not known whether order ${this.#seen.id} was ` +
                        'changed. Its history will tell.'
                    : 'It is not known whether the order was placed. Look ' +
                        'for client id ' +
                        `${isolated(this.#sent.client_order_id)} in the list, ` +
                        'or go back and press the button again: it can be ' +
                        'placed only once.',
                verb: 'Leave',
            };
        }
        return {
            title: 'Discard what you typed?',
            text: this.#seen ? `Order ${this.#seen.id} stays as it is.`
                : 'No order is placed.',
            verb: 'Discard',
        };
    }

    /* The button echoes, the warnings follow when typing rests. */
    #typed() {
        if (this.#seen === null && !this.#isCopy && !this.#form.isBusy) {
            this.#form.follow(this.#defaults.begin(
                typedName(this.#form.elements.instrument.value)));
        }
        this.#instrument.show(); /* which tells how numbers are read */
        const { values, faults: unread } = this.#form.read();
        const faults = {
            ...this.#instrument.faults(values, this.#now),
            ...wrong(values, this.#now), ...unread,
        };
        const isWhole = !Object.keys(faults).length && values.instrument &&
            values.side && values.quantity && values.price &&
            this.#whyNot() === null;

        this.#form.verb = isWhole ? this.#echo(values) : this.#verb;
        this.#form.isArmed = isWhole;
        this.#warn(isWhole ? this.#oddWords(values) : null);
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => {
            this.#rested(values, faults, isWhole);
        }, REST_MS);
    }

    #rested(values, faults, isWhole) {
        readMeIfOld().catch(ignoreProblem);
        this.#instrument.lookUp(this.#deal(values)).catch(ignoreProblem);
        this.#quote.show(this.#dialog.open ? values.instrument : '');
        if (Object.keys(faults).length) {
            this.#warn(faultWords(faults));
        } else if (isWhole && this.#isOtherDeal(values)) {
            this.#lookAt(values).catch(ignoreProblem);
        }
    }

    /* Whose order it is, where it need not be one's own, and which. */
    #echo(values) {
        const whose = this.#everybody
            ? ` for ${isolated(values.owner || ownName())}` : '';
        const verb = this.#seen ? `Save${whose}: `
            : whose && `Place${whose}: `;

        return verb + dealWords(values);
    }

    /* What is in question, for lookAtDeal(): what is not as it is now. */
    #deal({ owner, instrument, price, quantity }) {
        const isOther = this.#now?.instrument !== instrument;

        return {
            instrument, isOther,
            owner: this.#everybody ? this.#seen?.owner ?? owner ?? '' : '',
            price: isOther || this.#now.price !== price ? price : undefined,
            quantity: isOther || this.#now.quantity !== quantity ? quantity
                : undefined,
        };
    }

    #isOtherDeal(values) {
        const { price, quantity } = this.#deal(values);

        return price !== undefined || quantity !== undefined;
    }

    /* What a warning is about. */
    #about(values) {
        return JSON.stringify(this.#deal(values));
    }

    /* As lookAtDeal(). What could not be read is tried again, and what was not
     * odd may have become so: markets move. */
    async #lookAt(values) {
        const of = this.#about(values);
        const { words, isRead, at: lookedAt } = this.#far;

        if (this.#far.of === of && isRead &&
            (words || performance.now() - lookedAt < FRESH_MS)) {
            return this.#far;
        }
        const far = {
            of, at: performance.now(), ...await lookAtDeal(this.#deal(values)),
        };

        /* Something else may have been typed meanwhile. */
        if (this.#about(this.#form.read().values) === of) {
            this.#far = far;
            this.#warn(this.#oddWords(values));
        }
        return far;
    }

    /* Beyond a limit, or off the steps of the instrument; null: neither. */
    #oddWords(values) {
        return [
            ownLimitWords(values),
            this.#instrument.warning(values, this.#now),
        ].filter(Boolean).map(sentence).join('. ') || null;
    }

    /* In the ticket, as long as it is true. */
    #warn(words) {
        const { of, words: far } = this.#far;
        /* Not beside the same above. */
        const isAbout = of === this.#about(this.#form.read().values) &&
            !this.#form.told.startsWith(sentence(far ?? ' '));
        const whyNot = this.#whyNot();

        at('ticket-warning').textContent =
            (whyNot ? [whyNot] : [words, isAbout ? far : null]).filter(Boolean)
                .map((text) => `${sentence(text)}.`).join(' ');
    }

    async #send(values) {
        const whyNot = this.#whyNot();

        if (whyNot) {
            throw new Problem(whyNot);
        }
        await this.#askIfOdd(values);
        if (this.#seen === null) {
            const order = Object.fromEntries(
                Object.entries({ ...values, client_order_id:
                    values.client_order_id || this.#id })
                    .filter(([, value]) => value !== ''));

            return this.#sending(order, (tell) => placeOrder(order, tell),
                `Placing: ${dealWords(values)}\u2026`);
        }
        const changes = changesOf(this.#now, values);

        return Object.keys(changes).length
            ? this.#sending(changes,
                (tell) => changeOrder(this.#seen, changes, tell),
                `Saving: ${dealWords(values)}\u2026`)
            : null;
    }

    /* An earlier one whose outcome is not known stays so until one is known. */
    async #sending(what, act, words) {
        try {
            return await act((isOut) => {
                this.#form.doing = isOut ? words : null;
            });
        } catch (error) {
            if (error.isUnknown) {
                this.#sent = what;
            } else if (error.isKnown) {
                this.#sent = null;
            } else if (error.now) {
                this.note(error.now);
            } else if (error.now === null) {
                this.lost(this.#seen);
            }
            throw error;
        }
    }

    /* An odd deal needs a second press, for just that order, and not one that was
     * on its way already. */
    async #askIfOdd(values) {
        const pressedAt = performance.now();
        const { words: far, isRead } = this.#isOtherDeal(values)
            ? await this.#looking(values) : { words: null, isRead: true };
        const words = [far, this.#fillFault(values)].filter(Boolean).join('; ');
        const of = JSON.stringify([values, isRead]);

        if (words && !this.#asked.isAnswered(of, pressedAt)) {
            const again = `${words}. Press the button again to confirm`;

            this.#asked.ask(of);
            this.#form.tell(`${sentence(again)}.`);
            this.#warn(ownLimitWords(values));
            throw new Problem(again);
        }
    }

    /* As #lookAt(), or that it takes too long: a market moves on, and who pressed
     * may mean something else by then. Whoever leaves meanwhile has sent
     * nothing. */
    #looking(values) {
        return underWay(
            () => this.#before.wait(this.#lookAt(values),
                () => lateLook(this.#deal(values))),
            (isUnderWay) => {
                this.#form.doing = isUnderWay
                    ? `Not sent yet, checking: ${dealWords(values)}\u2026` : null;
            });
    }

    /* As fillFault(), where it was not so before. */
    #fillFault(values) {
        const { status, filled_quantity: filled } = values;
        const isNew = this.#now && status !== undefined &&
            (status !== this.#now.status ||
                filled !== this.#now.filled_quantity);

        return isNew ? fillFault(values) : null;
    }
}

/* What the server would refuse, said beside the numbers that can't be read. */
function check(values) {
    const missing = ['instrument', 'side', 'quantity', 'price'].filter(
        (name) => !values[name].trim());

    return {
        ...Object.fromEntries(missing.map((name) => [name, [
            name === 'side' ? 'choose Buy or Sell' : 'is required']])),
        ...wrong({ quantity: values.quantity }),
    };
}

/* In what has been typed: it must not look as if it would be taken. */
function wrong({ quantity, filled_quantity: typed }, now) {
    const fault = quantityFault(quantity,
        typed ?? now?.filled_quantity ?? '0');

    return fault ? { quantity: [fault] } : {};
}

function faultWords(faults) {
    return Object.entries(faults).map(([name, [text]]) =>
        `${TITLES[name] ?? name}${text.startsWith('must') ? '' : ':'} ${text}`)
        .join('. ');
}

/* Of one's own limits, where it is one's own order. */
const ownLimitWords = (values) => values.owner ? null : limitWords(values);

/* The fields that somebody has typed over. Blanks around a name that has been
 * there are none of his. */
function changesOf(order, values) {
    return Object.fromEntries(Object.entries(values)
        .filter(([name, value]) => typedName(order[name]) !== value)
        .map(([name, value]) => [
            name, value === '' && NULLS.has(name) ? null : value,
        ]));
}
