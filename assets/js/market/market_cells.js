/*
 * What quotes look like. A cell is made once; what it says is written into its
 * text then.
 */
import { element } from '../lib/dom.js';
import { formatDecimal } from '../lib/format.js';
import { formatExact } from '../lib/times.js';

const SIGNS = { '-1': '\u25bc', 0: '', 1: '\u25b2' };

export function numberCell(className) {
    const node = element('span', { class: `quote ${className}` });

    node.append(document.createTextNode(''));
    return node;
}

/* text null: there is none. */
export function writeNumber(node, text, { isStale, title = '' }) {
    write(node.firstChild, text === null ? '' : formatDecimal(text));
    node.classList.toggle('is-stale', isStale);
    /* All of it, where there is no room. */
    const whole = node.firstChild.data && title
        ? `${node.firstChild.data} ${title}` : '';

    if (node.title !== whole) {
        node.title = whole;
    }
}

export function priceCell(className) {
    const node = element('span', { class: `quote ${className}` });
    const sign = element('span', { class: 'quote-sign' });

    sign.setAttribute('aria-hidden', 'true');
    sign.append(document.createTextNode(''));
    node.append(document.createTextNode(''), sign);
    return node;
}

export function writePrice(node, { quote, direction }, isStale) {
    const way = isStale ? 0 : direction;

    writeNumber(node, quote?.last ?? null, { isStale, title: when(quote) });
    write(node.lastChild.firstChild, SIGNS[way]);
    node.classList.toggle('is-up', way > 0);
    node.classList.toggle('is-down', way < 0);
}

export function when(quote) {
    return quote ? `as of ${formatExact(quote.time)}` : '';
}

function write(node, text) {
    if (node.data !== text) {
        node.data = text;
    }
}
