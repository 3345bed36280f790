/*
 * Alerts: which rules there are, kept for the user on the server; and what they
 * have met since the page was opened, as a log, at the rows, by a sound and by
 * the browser, as the user wants it.
 */
import { RULES_MAX, knownRules, metRules, ruleWords } from './alert_rules.js';
import { Problem } from '../lib/api.js';
import { openDialog, startDialog } from '../lib/dialogs.js';
import { at, button, element } from '../lib/dom.js';
import { Form, sentence } from '../lib/form.js';
import { formatCount } from '../lib/format.js';
import { isolated } from '../lib/names.js';
import { orderWords } from '../orders/order_words.js';
import { rowIdOf } from '../grid/orders_table.js';
import { keepSettings, readSettings } from '../page/own_settings.js';
import { timeNode } from '../lib/times.js';

const LOG_MAX = 200;
const EVERY_MS = 250; /* so often they are shown at most */
const BEEP_EVERY_MS = 1000;
const BEEP_S = 0.15;
const BEEP_HZ = 880;

export class Alerts {
    #rules = [];
    #ways = { sound: false, notify: false };
    #log = []; /* newest first: {order, rules, time} */
    #unseen = 0;
    #sheet = new CSSStyleSheet();
    #lit = ''; /* the cells that it marks */
    #audio = null;
    #beeped = -Infinity;
    #timer = 0;
    #current;
    #everybody;
    #name;

    /* current: CurrentOrder; opener: the button; everybody: not one's own orders
     * alone, which have rules of their own. */
    constructor({ current, opener, everybody = false }) {
        this.#current = current;
        this.#everybody = everybody;
        this.#name = everybody ? 'everybody_alerts' : 'alerts';
        at('alert-owner-field').hidden = !everybody;
        document.adoptedStyleSheets.push(this.#sheet);
        this.#startForm();
        startDialog(at('alerts'));
        opener.addEventListener('click', () => this.open());
        for (const way of ['sound', 'notify']) {
            at(`alert-${way}`).addEventListener('change', ({ target }) =>
                this.#take(way, target.checked));
        }
        this.#read();
    }

    /* The log has been looked at when it is closed. */
    open() {
        const dialog = at('alerts');

        openDialog(dialog);
        this.#show();
        dialog.onclose = () => {
            this.#unseen = 0;
            this.#show();
        };
    }

    /* An event, and its order as it was before, or null. */
    hear(event, before) {
        const rules = metRules(this.#rules, event, before);

        if (!rules.length) {
            return;
        }
        this.#log = [{ order: event.order, rules, time: event.time ??
            new Date().toISOString() }, ...this.#log].slice(0, LOG_MAX);
        this.#unseen++;
        this.#timer ||= setTimeout(() => this.#show(), EVERY_MS);
        this.#tell(event.order, rules);
    }

    #startForm() {
        const form = new Form(at('alert-new'), {
            send: (values) => this.#add(values),
            done: () => form.reset(),
            kept: () => null,
        });

        at('alert-kind').addEventListener('change', ({ target }) => {
            at('alert-status-field').hidden = target.value !== 'status';
            at('alert-number-field').hidden = target.value === 'status';
        });
        at('alert-new').addEventListener('reset', () => {
            at('alert-status-field').hidden = false;
            at('alert-number-field').hidden = true;
        });
    }

    async #read() {
        const { page } = await readSettings();
        const { rules, sound, notify } = page?.[this.#name] ?? {};

        this.#rules = knownRules(rules);
        this.#ways = { sound: sound === true, notify: notify === true };
        this.#show();
    }

    #keep() {
        keepSettings({
            page: { [this.#name]: { rules: this.#rules, ...this.#ways } },
        });
        this.#show();
    }

    async #add({ kind, status, number, instrument, owner }) {
        const value = kind === 'status' ? status : number;

        if (!value) {
            throw new Problem('must be a number', 400,
                { errors: { number: ['must be a number'] } });
        }
        if (this.#rules.length === RULES_MAX) {
            throw new Problem(`there are ${RULES_MAX} rules: remove one first`);
        }
        this.#rules = [...this.#rules, {
            kind, value, ...instrument && { instrument },
            ...owner && { owner },
        }];
        this.#keep();
        return {};
    }

    #remove(rule) {
        this.#rules = this.#rules.filter((one) => one !== rule);
        this.#keep();
        at('alert-kind').focus();
    }

    /* A browser asks for its own leave once, and may have been told never. */
    async #take(way, isOn) {
        const isGranted = way !== 'notify' || !isOn ||
            ('Notification' in window &&
                await Notification.requestPermission() === 'granted');

        this.#ways = { ...this.#ways, [way]: isOn && isGranted };
        at('alert-notify-said').textContent = isGranted ? ''
            : 'This browser does not let the page do that.';
        if (way === 'sound' && isOn) {
            this.#beep();
        }
        this.#keep();
    }

    /* Telling */

    #tell(order, rules) {
        const now = performance.now();

        if (this.#ways.sound && now - this.#beeped > BEEP_EVERY_MS) {
            this.#beeped = now;
            this.#beep();
        }
        if (this.#ways.notify && document.hidden && 'Notification' in window &&
            Notification.permission === 'granted') {
            new Notification(this.#words(order), {
                body: rules.map(ruleWords).join('; '), tag: rowIdOf(order.id),
            });
        }
    }

    #words(order) {
        return sentence(orderWords(order)) +
            (this.#everybody ? ` of ${isolated(order.owner)}` : '');
    }

    /* A page that nobody has touched yet may make none. */
    #beep() {
        try {
            this.#audio ??= new AudioContext();
            const tone = this.#audio.createOscillator();

            tone.frequency.value = BEEP_HZ;
            tone.connect(this.#audio.destination);
            tone.start();
            tone.stop(this.#audio.currentTime + BEEP_S);
        } catch {
            /* No sound can be made here. */
        }
    }

    /* Showing */

    #show() {
        const opener = at('alerts-open');
        const words = this.#unseen ? `Alerts (${formatCount(this.#unseen)})`
            : 'Alerts';

        if (opener.textContent !== words) {
            opener.textContent = words;
        }
        opener.classList.toggle('has-news', this.#unseen > 0);
        clearTimeout(this.#timer);
        this.#timer = 0;
        this.light();
        if (at('alerts').open) {
            this.#list();
        }
    }

    #list() {
        at('alert-sound').checked = this.#ways.sound;
        at('alert-notify').checked = this.#ways.notify;
        at('alert-rules').replaceChildren(...this.#rules.map((rule) =>
            this.#ruleItem(rule)));
        at('alert-none').hidden = this.#rules.length > 0;
        at('alert-empty').hidden = this.#log.length > 0;
        at('alert-log').replaceChildren(...this.#log.map((entry) =>
            this.#logItem(entry)));
    }

    /* The rows of what has not been looked at. A page is styled anew for each
     * change of these rules, so that they are of the rows shown alone. */
    light() {
        const ids = new Set(this.#log.slice(0, this.#unseen)
            .map(({ order }) => rowIdOf(order.id)));
        const cells = [...ids].filter(at).sort().map((id) => `#${id} > td`)
            .join();

        if (cells !== this.#lit) {
            this.#lit = cells;
            this.#sheet.replaceSync(cells && `${cells} { box-shadow: ` +
                'inset 0 2px var(--alert), inset 0 -2px var(--alert) }');
        }
    }

    #ruleItem(rule) {
        const item = element('li');
        const remove = button('Remove', () => this.#remove(rule));

        remove.setAttribute('aria-label', `Remove: ${ruleWords(rule)}`);
        item.append(element('span', {}, ruleWords(rule)), remove);
        return item;
    }

    #logItem({ order, rules, time }) {
        const item = element('li');
        const words = element('span', {},
            `${this.#words(order)}: ${rules.map(ruleWords).join('; ')}`);
        const go = button('Select', () => {
            at('alerts').close();
            this.#current.choose(order);
        });

        go.setAttribute('aria-label', `Select order ${order.id}`);
        item.append(timeNode(time, 'exact'), words, go);
        return item;
    }
}
