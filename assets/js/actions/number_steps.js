/*
 * The arrow keys in the field of a number: up and down by a step, ten at a time
 * with Shift.
 */
import { stepDecimal } from '../lib/decimal.js';
import { readField, typedIn } from '../lib/number_input.js';

const ARROWS = { ArrowUp: 1, ArrowDown: -1 };
const MANY = 10;

/* event: a key in the field; step: a decimal, or null where there is none. A
 * quantity begins at 0 and stays above it. */
export function stepByKey(event, step, isQuantity) {
    const { target: field, key, shiftKey } = event;

    if (!ARROWS[key] || !step || field.readOnly || event.altKey ||
        event.ctrlKey || event.metaKey) {
        return;
    }
    event.preventDefault();
    const next = nextOf(
        field, step, ARROWS[key] * (shiftKey ? MANY : 1), isQuantity);

    if (next !== null) {
        field.value = typedIn(field, next);
        field.dispatchEvent(new Event('input', { bubbles: true }));
    }
}

/* null: it stays as it is. */
function nextOf(field, step, count, isQuantity) {
    const typed = field.value.trim();
    const { value } = typed ? readField(field)
        : { value: isQuantity ? '0' : undefined };
    const next = value === undefined ? null : stepDecimal(value, step, count);

    return isQuantity && !(Number(next) > 0) ? null : next;
}
