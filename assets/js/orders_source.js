/*
 * Where a grid of orders reads a page of them: as DataTables asks for one's
 * own, or from the list, whose filters make an export of the same rows too.
 */
import DataTable from '/assets/vendor/dataTables.js';
import { couldMatch } from './order_match.js';

/* What the list looks for a word in. */
const SEARCHED = [
    'id', 'owner', 'instrument', 'side', 'quantity', 'price', 'status',
    'filled_quantity', 'average_price', 'client_order_id', 'created',
    'updated',
];

/* What a page was asked for by. words: the same for pages of the same orders;
 * isFiltered: they are not all there are; could(order): may it be one of
 * them? */
function asked(url, search, fields, filters = []) {
    return {
        url,
        words: JSON.stringify([search, ...filters]),
        isFiltered: search !== '' || filters.length > 0,
        could: (order) => couldMatch(order, { search, fields, filters }),
    };
}

export const ownOrders = {
    ask: (request) => asked(
        '/api/data/?format=datatables&' +
            DataTable.ajax.serialize(request),
        request.search.value,
        request.columns.filter(({ searchable }) => searchable)
            .map(({ data }) => data)),
    words: (search) => JSON.stringify([search]),
    read: (answer) => answer,
};

/* filters(): URLSearchParams of the list's own filters. */
export function everybodysOrders(columns, filters) {
    return {
        ask(request) {
            const query = filters();
            const { value } = request.search;
            const own = [...query];

            if (value) {
                query.set('search', value);
            }
            if (request.order.length) {
                query.set('ordering', request.order.map(({ column, dir }) =>
                    (dir === 'desc' ? '-' : '') + columns[column].field)
                    .join());
            }
            query.set('scope', 'all');
            query.set('page', request.start / request.length + 1);
            query.set('page_size', request.length);
            return asked(`/api/data/?${query}`, value, SEARCHED, own);
        },
        words: (search) => JSON.stringify([search, ...filters()]),
        read: ({ count, position, results }) => ({
            recordsTotal: count, recordsFiltered: count, position,
            data: results,
        }),
    };
}

/* All orders that a page of the list was read from, as a file. */
export function exportUrl(pageUrl, format) {
    const [path, words] = pageUrl.split('?');
    const query = new URLSearchParams(words);

    query.delete('page');
    query.delete('page_size');
    query.set('format', format);
    return `${path}?${query}`;
}
