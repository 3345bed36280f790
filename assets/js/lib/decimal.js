/*
 * Exact arithmetic on decimals as the wire has them: text, whatever their
 * length, never a float.
 */
const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;

/* {units, scale}: units / 10^scale; null: no decimal. */
function parse(text) {
    const match = DECIMAL.exec(text ?? '');

    if (!match) {
        return null;
    }
    const [, sign, whole, fraction = ''] = match;

    return { units: BigInt(sign + whole + fraction), scale: fraction.length };
}

/* The units of both at the same scale, or null. */
function align(a, b) {
    const left = parse(a);
    const right = parse(b);

    if (!left || !right) {
        return null;
    }
    const scale = Math.max(left.scale, right.scale);
    const at = ({ units, scale: own }) => units * 10n ** BigInt(scale - own);

    return { left: at(left), right: at(right), scale };
}

function write(units, scale) {
    const digits = String(magnitude(units)).padStart(scale + 1, '0');
    const cut = digits.length - scale;

    return canonical((units < 0n ? '-' : '') + digits.slice(0, cut) +
        (scale ? `.${digits.slice(cut)}` : ''));
}

function magnitude(units) {
    return units < 0n ? -units : units;
}

/* "007.50" -> "7.5", "-0" -> "0": as the server writes it. */
export function canonical(text) {
    const [, sign, whole, fraction = ''] = DECIMAL.exec(text);
    const digits = whole.replace(/^0+(?=\d)/, '');
    const rest = fraction.replace(/0+$/, '');
    const value = rest ? `${digits}.${rest}` : digits;

    return value === '0' ? value : sign + value;
}

/* -1, 0 or 1; 0 also where either is not a decimal. */
export function compareDecimals(a, b) {
    const both = align(a, b);

    if (!both || both.left === both.right) {
        return 0;
    }
    return both.left < both.right ? -1 : 1;
}

export function multiplyDecimals(a, b) {
    const left = parse(a);
    const right = parse(b);

    return left && right
        ? write(left.units * right.units, left.scale + right.scale)
        : null;
}

/* True also where either is not a decimal, or there is no step. */
export function isMultiple(value, step) {
    const both = align(value, step);

    return !both || both.right === 0n || both.left % both.right === 0n;
}

/* So many multiples of step further; from between two, the next is the first.
 * null: either is not a decimal. */
export function stepDecimal(value, step, count) {
    const both = align(value, step);

    if (!both) {
        return null;
    }
    const { left, right, scale } = both;
    const rest = ((left % right) + right) % right;
    const below = left - rest;
    const from = count < 0 && rest ? below + right : below;

    return write(from + right * BigInt(count), scale);
}

export function addDecimals(a, b) {
    const both = align(a, b);

    return both && write(both.left + both.right, both.scale);
}

export function subtractDecimals(a, b) {
    const both = align(a, b);

    return both && write(both.left - both.right, both.scale);
}

/* Half of their sum, or null. */
export function middleDecimal(a, b) {
    const both = align(a, b);

    return both && write((both.left + both.right) * 5n, both.scale + 1);
}

/* Of a list, sorted: the one in the middle, or the two that are, or none. */
export function middleTwo(list) {
    const sorted = [...list].sort(compareDecimals);
    const { length } = sorted;

    return length ? sorted.slice((length - 1) >> 1, (length >> 1) + 1) : [];
}

/* How many whole times b goes into a, both above 0; 0 where either is not. */
export function timesIn(a, b) {
    const both = align(a, b);

    return both && both.left > 0n && both.right > 0n
        ? Number(both.left / both.right) : 0;
}

/* With so many digits behind the point, rounded half away from zero. */
export function roundDecimal(text, digits) {
    const { units, scale } = parse(text);

    if (scale <= digits) {
        return canonical(text);
    }
    const cut = 10n ** BigInt(scale - digits);
    const whole = (magnitude(units) + cut / 2n) / cut;

    return write(units < 0n ? -whole : whole, digits);
}

/* How far a is from b, in percent of b, to the nearest tenth; Infinity from
 * 0; null where either is not a decimal. isBeyond: by more than limit. */
export function distance(a, b, limit) {
    const both = align(a, b);

    if (!both) {
        return null;
    }
    const gap = magnitude(both.left - both.right) * 100n;
    const whole = magnitude(both.right);

    return {
        percent: whole ? Number((gap * 20n + whole) / (whole * 2n)) / 10
            : gap ? Infinity : 0,
        isBeyond: gap > whole * BigInt(limit),
    };
}

/* How much of the whole a part is, in whole percent and rounded down; null:
 * either is not a decimal, or the whole is nothing. */
export function percentOf(part, whole) {
    const both = align(part, whole);

    return both && both.right ? Number(both.left * 100n / both.right) : null;
}
