/*
 * Numbers as people type them: read as this browser shows them, with its marks
 * for thousands and decimals, and refused where they could mean something
 * else. A point or comma in front groups nothing, so that ".5" is a half
 * everywhere; only where three digits follow one that groups here it may be what
 * is left of a larger number. In a field of quantities, three digits behind the
 * decimal mark and nothing else are refused too: elsewhere they are thousands.
 * What is read is a decimal of the wire.
 */
import { canonical } from './decimal.js';
import { typedName } from './names.js';

const MINUS = /[-\u2212]/;
const POWER = /^\S*\d[.,]?e[-+\u2212]?\d+$/i;
const SHORT = /\d[.,]?\s*(k|m|mm|mn|mio|b|bn|t|tsd)\.?$/i;
const QUOTES = /^['\u2019]$/;
const BLANK = /^[ \u00a0\u2009\u202f]$/;
const MARKS = /[.,'\u2019\u066b\u066c]/;

/* How one locale writes numbers. */
class Notation {
    #group;
    #decimal;
    #digits;
    #always;

    constructor(locale) {
        const parts = new Intl.NumberFormat(locale, { useGrouping: 'always' })
            .formatToParts(12345678.5);
        const mark = (type) => parts.find((part) => part.type === type)?.value;

        this.#group = mark('group') ?? '';
        this.#decimal = mark('decimal') ?? '.';
        this.#digits = [...new Intl.NumberFormat(locale, { useGrouping: false })
            .format(9876543210n)].reverse();
        this.#always = new Intl.NumberFormat(locale, { useGrouping: 'always' });
    }

    get decimal() {
        return this.#decimal;
    }

    get group() {
        return this.#group;
    }

    /* 1,234.5 as it is written here. */
    get example() {
        return this.#always.format(1234.5);
    }

    digits(text) {
        return text.replace(/\d/g, (digit) => this.#digits[digit]);
    }

    /* Each character as what it is here: a digit, - for the minus, g and d
     * for the marks, x for all else. */
    tokens(text) {
        return [...text].map((one) => {
            const digit = this.#digits.indexOf(one);

            if (digit >= 0 || /\d/.test(one)) {
                return digit >= 0 ? String(digit) : one;
            }
            if (MINUS.test(one)) {
                return '-';
            }
            return one === this.#decimal ? 'd' : this.#isGroup(one) ? 'g' : 'x';
        }).join('');
    }

    /* Is this how the digits are grouped here? */
    isGrouped(tokens) {
        const whole = BigInt(tokens.replaceAll('g', ''));

        return this.tokens(this.#always.format(whole)) === tokens;
    }

    #isGroup(one) {
        return one === this.#group ||
            (BLANK.test(this.#group) && BLANK.test(one)) ||
            (QUOTES.test(this.#group) && QUOTES.test(one));
    }
}

const notations = new Map();

function notationOf(locale) {
    if (!notations.has(locale)) {
        notations.set(locale, new Notation(locale));
    }
    return notations.get(locale);
}

/* {value: "-1234.5"}, or {fault}: in words why not; locale: undefined is the
 * browser's. */
export function readNumber(text, locale) {
    const notation = notationOf(locale);
    const typed = typedName(text);
    const match = /^(-?)(\d[\dg]*)?(?:d(\d+))?$/.exec(
        notation.tokens(pointed(typed, notation)));
    const [, sign = '', whole = '', fraction = ''] = match ?? [];

    if (!match || !(whole || fraction)) {
        return { fault: faultOf(typed, notation) };
    }
    if (whole.includes('g') && !notation.isGrouped(whole)) {
        return { fault: unclear(typed, notation) };
    }
    const digits = whole.replaceAll('g', '') || '0';

    return {
        value: canonical(sign + digits + (fraction ? `.${fraction}` : '')),
    };
}

/* What is typed into a field, as readNumber() has it. Where that is a whole number
 * as a rule (data-whole: "yes", or "no" where it turned out to be none), three
 * digits behind the decimal mark may well be thousands, as others group them. */
export function readField({ value, dataset }, locale) {
    const typed = typedName(value);

    return dataset.whole === 'yes' && isLikeThousands(typed, locale)
        ? { fault: thousandsFault(typed, locale) } : readNumber(typed, locale);
}

/* A decimal as typedNumber() has it, as readField() takes it back. */
export function typedIn({ dataset }, decimal, locale) {
    const typed = typedNumber(decimal, locale);

    return dataset.whole && isLikeThousands(typed, locale)
        ? typed + notationOf(locale).digits('0') : typed;
}

/* lot: of an instrument, or null. */
export const isInParts = (lot) => /\./.test(lot ?? '');

const isLikeThousands = (typed, locale) =>
    /^[1-9]\d{0,2}d\d{3}$/.test(notationOf(locale).tokens(typed));

function thousandsFault(typed, locale) {
    const { decimal } = notationOf(locale);
    const whole = typed.replace(decimal, '');
    const zero = notationOf(locale).digits('0');

    return `\u201c${typed}\u201d could be read two ways: write ${whole}, or ` +
        `${typed}${zero} where \u201c${decimal}\u201d is meant as the decimal ` +
        'mark';
}

/* With the decimal mark where another stands in front and can mean nothing
 * else. */
function pointed(typed, { decimal, group }) {
    const [, sign, mark, digits] =
        /^([-\u2212]?)([.,])(\p{Nd}+)$/u.exec(typed) ?? [];

    return mark && (mark !== group || digits.length !== 3)
        ? sign + decimal + digits : typed;
}

function faultOf(typed, notation) {
    if (POWER.test(typed)) {
        return powerFault(typed);
    }
    const [, short] = SHORT.exec(typed) ?? [];

    if (short) {
        return `\u201c${typed}\u201d is not accepted: write the number in ` +
            `full, without \u201c${short}\u201d`;
    }
    return MARKS.test(typed) && /^[^\p{L}]*\p{Nd}[^\p{L}]*$/u.test(typed)
        ? unclear(typed, notation)
        : `must be a number, as in ${notation.example}`;
}

const powerFault = (typed) => `\u201c${typed}\u201d is not accepted: write ` +
    'the number in full, without a power of ten';

function unclear(typed, { decimal, group, example }) {
    const thousands = /\s/.test(group) ? 'a space' : `\u201c${group}\u201d`;

    return `\u201c${typed}\u201d could be read two ways: here ` +
        `\u201c${decimal}\u201d is the decimal mark and ${thousands} groups ` +
        `thousands, as in ${example}`;
}

/* What of a number that is typed as the wire has it might not be what is meant:
 * in words, or null. What the wire can't have at all is the server's to say. */
export function wireFault(text, locale) {
    if (POWER.test(text)) {
        return powerFault(text);
    }
    if (/^\+/.test(text)) {
        return `\u201c${text}\u201d is not accepted: write the number ` +
            'without the plus sign';
    }
    if (!/^-?\d+\.\d+$/.test(text)) {
        return null;
    }
    const { value: here } = readNumber(text, locale);

    return here === undefined || here === canonical(text) ? null
        : `\u201c${text}\u201d could be read two ways: as ${here}, or with ` +
            `the API\u2019s decimal point: write ${here} or ${text}0`;
}

/* A decimal of the wire as one would type it: with this browser's mark, and
 * not grouped, so that a digit can be put in or taken out. */
export function typedNumber(decimal, locale) {
    const notation = notationOf(locale);

    return notation.digits(String(decimal ?? '').replace('-', '\u2212'))
        .replace('.', notation.decimal);
}

/* The words of a search: a number as it is shown here is looked for as it is
 * stored. What is quoted, and what has no mark of a number, stays. */
export function searchWords(text, locale) {
    return text.replace(/"[^"]*"|(!?)([^ \t"]+)/g, (all, not, word) => {
        const { value } = word && /[^\p{L}\d]|[^\0-\x7f]/u.test(word)
            ? readNumber(word, locale) : {};

        return value === undefined ? all : not + value;
    });
}
