/*
 * Where a grid of orders reads a page of them: as DataTables asks for one's
 * own, or from the list, whose filters make an export of the same rows too.
 */
import DataTable from '../../vendor/dataTables.js';
import { noneWords } from './orders_words.js';

/* What a page is asked for by. url: of a request, and start: where its page
 * begins; list: of all these orders, as a list; file: in their order; view: of the websocket's command;
 * words: the same for pages of the same orders; isFiltered: they are not all there
 * are; none: what is said where there are none of them; again(search): as it is
 * asked for now, with another search. */
function asked({ url, start, list, file, view, again }, search, filters = []) {
    return {
        url,
        start,
        list,
        file,
        view,
        words: JSON.stringify([search, ...filters]),
        isFiltered: search !== '' || filters.length > 0,
        none: noneWords(search !== '', filters.length > 0),
        again,
    };
}

const withSearch = (request, value) =>
    ({ ...request, search: { ...request.search, value } });

function listUrl(query, search) {
    if (search) {
        query.set('search', search);
    }
    return `/api/data/?${query}`;
}

/* order: as DataTables has it; fields: of its columns. */
function ordered(query, order, fields) {
    if (order.length) {
        query.set('ordering', order.map(({ column, dir }) =>
            (dir === 'desc' ? '-' : '') + fields[column]).join());
    }
    return query;
}

/* A list of that order, or of none. */
function amongUrl(query, search, id) {
    query.set('id', id);
    query.set('page_size', '1');
    return listUrl(query, search);
}

/* The sums that a view is to have, if any. */
const withTotals = (view, kinds) =>
    kinds.length ? { ...view, totals: kinds } : view;

/* filters(): URLSearchParams of the list's own filters, which go with
 * DataTables' parameters; totals: {kinds, refused()}, as Totals has them. */
export const ownOrders = (filters, totals) => ({
    ask(request) {
        const params = { ...request, ...Object.fromEntries(filters()) };

        return asked({
            again: (search) => this.ask(withSearch(request, search)),
            url: '/api/data/?format=datatables&' +
                DataTable.ajax.serialize(params),
            start: request.start,
            list: listUrl(filters(), request.search.value),
            file: listUrl(ordered(filters(), request.order,
                request.columns.map(({ data }) => data)), request.search.value),
            view: withTotals({ params }, totals.kinds),
        }, request.search.value, [...filters()]);
    },
    words: (search) => JSON.stringify([search, ...filters()]),
    among: (search, id) => amongUrl(filters(), search, id),
    read: (answer) => answer,
    yields: (refusal) => totals.refused(refusal),
});

/* filters() and totals: as above. */
export function everybodysOrders(columns, filters, totals) {
    const everybodys = () => {
        const query = filters();

        query.set('scope', 'all');
        return query;
    };
    const argumentsOf = ({ search: { value }, order }) => {
        const query = filters();

        if (value) {
            query.set('search', value);
        }
        return ordered(query, order, columns.map(({ field }) => field));
    };

    return {
        ask(request) {
            const query = argumentsOf(request);
            const { start, length, search } = request;
            const pagesBefore = Math.floor(start / length);
            const view = {
                stream: 'all',
                query: { ...Object.fromEntries(query), start,
                         page_size: length },
            };

            query.set('scope', 'all');
            query.set('page', pagesBefore + 1);
            query.set('page_size', length);
            return asked({
                again: (search) => this.ask(withSearch(request, search)),
                url: `/api/data/?${query}`,
                start: pagesBefore * length,
                list: listUrl(everybodys(), search.value),
                file: `/api/data/?${query}`,
                view: withTotals(view, totals.kinds),
            }, search.value, [...filters()]);
        },
        words: (search) => JSON.stringify([search, ...filters()]),
        among: (search, id) => amongUrl(everybodys(), search, id),
        yields: (refusal) => totals.refused(refusal),
        read: ({ count, position, results }) => ({
            recordsTotal: count, recordsFiltered: count, position,
            data: results.map((order) => (
                { ...order, DT_RowId: `order-${order.id}` })),
        }),
    };
}

/* All orders that a page of the list was read from, as a file: in its order, or
 * oldest first where nobody chose one, so that an import keeps it. */
export function exportUrl(pageUrl, format) {
    const [path, words] = pageUrl.split('?');
    const query = new URLSearchParams(words);

    query.delete('page');
    query.delete('page_size');
    if (query.get('ordering') === '-id') {
        query.delete('ordering');
    }
    query.set('format', format);
    return `${path}?${query}`;
}
