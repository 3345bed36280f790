/*
 * How values look. The wire stays exact: decimals are strings and are grouped
 * as text, times keep their microseconds until they are shown.
 */
const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;
const POINT = pointOfLocale();
const NUMBERS = new Intl.NumberFormat(); /* made once: that takes long */
const DIGITS = [...'0123456789'].map((digit) => NUMBERS.format(digit));

function pointOfLocale() {
    const parts = new Intl.NumberFormat().formatToParts(1.5);

    return parts.find((part) => part.type === 'decimal')?.value ?? '.';
}

/* "-1338.67" -> {whole: "−1,338", fraction: ".67", digits: 2} */
export function splitDecimal(text) {
    const match = DECIMAL.exec(text ?? '');

    if (!match) {
        return { whole: String(text ?? ''), fraction: '', digits: 0 };
    }
    const [, sign, whole, fraction = ''] = match;

    return {
        whole: (sign ? '\u2212' : '') + NUMBERS.format(BigInt(whole)),
        fraction: fraction &&
            POINT + fraction.replace(/\d/g, (digit) => DIGITS[digit]),
        digits: fraction.length,
    };
}

export const fractionDigits = (text) =>
    DECIMAL.exec(text ?? '')?.[3]?.length ?? 0;

/* How wide a decimal mark and so many digits are. */
export const fractionRoom = (digits) => `calc(${digits}ch + 0.4em)`;

export function formatDecimal(text) {
    const { whole, fraction } = splitDecimal(text);

    return whole + fraction;
}

/* The server's words: the numbers in them as they are written here. An id is a
 * name, not a number. */
export function localWords(text) {
    return text.replace(/(?<!\b(?:order|id)s? )(?<![\p{L}\d.,_-])-?\d+(?:\.\d+)?(?![\p{L}\d.,_-]*\d)/gu,
        formatDecimal);
}

export function formatCount(count) {
    return NUMBERS.format(Number(count));
}

/* With so many digits behind the decimal mark. */
export function formatFixed(value, digits) {
    return Number(value).toLocaleString(undefined, {
        minimumFractionDigits: digits, maximumFractionDigits: digits,
    });
}

/* A duration in milliseconds; null: none was measured. */
export function formatMilliseconds(value) {
    return value === null ? '\u2013' : formatFixed(value, value < 100 ? 1 : 0);
}

/* Milliseconds since 1970 with the microseconds as a fraction, or NaN. */
export function parseTime(value) {
    if (typeof value === 'number') {
        return value;
    }
    const text = String(value ?? '');
    const fraction = /\.(\d+)/.exec(text)?.[1] ?? '';
    const micros = Number(fraction.padEnd(6, '0').slice(3, 6));

    return Date.parse(text.replace(/\.(\d{3})\d*/, '.$1')) + micros / 1000;
}

export function statusWords(status) {
    return String(status ?? '').replaceAll('_', ' ');
}

export function sideWord(side) {
    const text = String(side ?? '');

    return text.charAt(0).toUpperCase() + text.slice(1);
}
