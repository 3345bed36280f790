/*
 * One change of several orders: what each would be by it, or why it is left as it
 * is. A change is {field, how, amount, isSteps}: field is the price or the
 * quantity; how: "to" the amount, or "up" or "down" by it, which are ticks or lots
 * where isSteps.
 */
import { addDecimals, stepDecimal, subtractDecimals } from '../lib/decimal.js';
import { DealReader, lookAtDeal } from './deal_guard.js';
import { fewAtATime } from './few.js';
import { formatDecimal } from '../lib/format.js';
import { readInstruments } from '../orders/instrument_reader.js';
import { instrumentOf } from '../orders/instruments.js';
import { ownName } from '../page/me.js';
import { STEPS, limitWords, oddSteps, offSteps } from '../orders/order_rules.js';
import {
    isOpen, isSameDeal, newsOf, obstacle, quantityFault, stateWords,
} from '../orders/order_state.js';

const STEP_BY = { up: 1, down: -1 };

/* "price up by 2 ticks" */
export function changeWords({ field, how, amount, isSteps }) {
    const steps = amount === '1' ? STEPS[field] : `${STEPS[field]}s`;

    return `${field} ${how}${how === 'to' ? '' : ' by'} ` +
        `${formatDecimal(amount)}${isSteps ? ` ${steps}` : ''}`;
}

/* Lines, one for each order: {seen, order, after, why, odd, isLeft}. seen: as it was
 * when it was asked about, order: as it is; after: what the field would be; why:
 * it is left, or null; odd: [words] that make one look twice. isEverybodys:
 * owners count. Throws a Problem. */
export async function readLines(orders, change, isEverybodys) {
    const reader = new DealReader();

    await readInstruments(orders.map(({ instrument }) => instrument));
    const lines = orders.map((order) => lineOf(order, change));

    await fewAtATime(lines.filter(({ isLeft }) => !isLeft), async (line) => {
        const { order, after } = line;
        const { words } = await lookAtDeal({
            instrument: order.instrument,
            owner: isEverybodys ? order.owner : '', [change.field]: after,
        }, reader);

        line.odd = [...oddOf(line, change), words].filter(Boolean);
    });
    return lines;
}

/* The line as it is now, with the order as it is now; null: it is no more. What
 * was asked about is not done to another deal: it is left then. */
export function renewedLine(line, now, change) {
    if (now === null) {
        return { ...line, isLeft: true, why: 'has been removed in the meantime' };
    }
    if (line.why !== null) {
        return line;
    }
    if (!isSameDeal(line.seen, now)) {
        return { ...line, isLeft: true, why: movedWords(line.seen, now) };
    }
    const { why } = outcomeOf(now, change);

    return { ...line, order: now, why: why ?? null, isLeft: why !== undefined };
}

export const movedWords = (seen, now) => 'was changed in the meantime: ' +
    (newsOf(seen, now) || 'and changed back');

function lineOf(order, change) {
    const { after = null, why = null } = outcomeOf(order, change);

    return {
        seen: order, order, after, why, odd: [], isLeft: why !== null,
    };
}

/* {after}, or {why}: it stays as it is. */
function outcomeOf(order, change) {
    const { field } = change;
    const why = obstacle('change', order) ?? (isOpen(order) ? null
        : `${stateWords(order)}: change it by itself if that is meant`);
    const after = why === null ? valueAfter(order, change) : null;

    if (why !== null) {
        return { why };
    }
    if (after === null) {
        return { why: `no ${STEPS[field]} of its instrument is known` };
    }
    if (after === order[field]) {
        return { why: `its ${field} is ${formatDecimal(after)} already` };
    }
    const fault = faultOf(order, { ...order, [field]: after }, field);

    return fault
        ? { why: `its ${field} would be ${formatDecimal(after)}: ${fault}` }
        : { after };
}

/* null: there are no such steps. */
function valueAfter(order, { field, how, amount, isSteps }) {
    const value = order[field];

    if (how === 'to') {
        return amount;
    }
    if (!isSteps) {
        return how === 'up' ? addDecimals(value, amount)
            : subtractDecimals(value, amount);
    }
    const step = instrumentOf(order.instrument)?.[STEPS[field]] ?? null;

    return step && stepDecimal(value, step, STEP_BY[how] * Number(amount));
}

/* What the server would refuse, or null. */
function faultOf(now, values, field) {
    const instrument = instrumentOf(now.instrument);
    const [off] = instrument?.strict ? offSteps(instrument, values, now) : [];

    return (field === 'quantity'
        ? quantityFault(values.quantity, now.filled_quantity) : null) ??
        off?.[1] ?? null;
}

/* Beyond one's own limit, or off steps that are no must. */
function oddOf({ order, after }, { field }) {
    const values = { ...order, [field]: after };
    const instrument = instrumentOf(order.instrument);

    return [
        order.owner === ownName() ? limitWords(values) : null,
        ...instrument && !instrument.strict
            ? oddSteps(instrument, values, order) : [],
    ];
}
