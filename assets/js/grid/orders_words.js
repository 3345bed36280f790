/* The words of the grid, in the form that DataTables takes them. */
import { formatCount } from '../lib/format.js';
import { may } from '../page/me.js';

/* Where there are keys, or may be. */
const HAS_KEYS = matchMedia('(any-pointer: fine)').matches;

/* There are none: what comes next, by the rights there are now. */
export function emptyWords() {
    const first = may('add') ? 'Place the first with \u201cNew order\u201d' +
        `${HAS_KEYS ? ' or the key n' : ''}. ` : '';

    return `No orders yet. ${first}With Realtime on, orders placed elsewhere ` +
        'appear here at once.';
}

export const LANGUAGE = {
    emptyTable: emptyWords(),
    zeroRecords: noneWords(true, false),
    loadingRecords: 'Loading orders\u2026',
    lengthMenu: '_MENU_<span class="length-word"> rows</span>',
    paginate: {
        first: '\u00ab',
        previous: '\u2039',
        next: '\u203a',
        last: '\u00bb',
    },
    aria: {
        orderable: ': sort by this column',
        orderableReverse: ': reverse the order',
        /* Columns know two orders only, so nothing is ever removed. */
        orderableRemove: ': reverse the order',
        paginate: {
            first: 'First page',
            previous: 'Previous page',
            next: 'Next page',
            last: 'Last page',
        },
    },
};

/* Why there are no rows, though there are orders. */
export function noneWords(isSearched, isFiltered) {
    const what = [isSearched && 'the search', isFiltered && 'the filters']
        .filter(Boolean).join(' and ');

    return `No order matches ${what}. Clear ${isFiltered ? 'them' : 'it'} to ` +
        'see all orders.';
}

/* Which of how many rows a page has: as LiveView knows it. Nothing is counted
 * where there is none. */
export function infoWords(page) {
    if (!page?.recordsTotal) {
        return '';
    }
    const { start, data, recordsTotal: all, recordsFiltered: count } = page;

    if (!count) {
        return `None of ${formatCount(all)}`;
    }
    const which = data.length
        ? `${formatCount(start + 1)}\u2013${formatCount(start + data.length)}`
        : '0';

    return `${which} of ${formatCount(count)}` +
        (count === all ? '' : ` (${formatCount(all)} in all)`);
}
