/*
 * Where a grid of orders reads a page of them: as DataTables asks for one's
 * own, or from the list, whose filters make an export of the same rows too.
 */
import DataTable from '/assets/vendor/dataTables.js';

export const ownOrders = {
    isFiltered: () => false,
    url: (request) => '/api/data/?format=datatables&' +
        DataTable.ajax.serialize(request),
    read: (answer) => answer,
};

/* filters(): URLSearchParams of the list's own filters. */
export function everybodysOrders(columns, filters) {
    const asked = (request) => {
        const query = filters();
        const { value } = request.search;

        if (value) {
            query.set('search', value);
        }
        if (request.order.length) {
            query.set('ordering', request.order.map(({ column, dir }) =>
                (dir === 'desc' ? '-' : '') + columns[column].field).join());
        }
        query.set('scope', 'all');
        return query;
    };

    return {
        isFiltered: () => [...filters().keys()].length > 0,
        url(request) {
            const query = asked(request);

            query.set('page', request.start / request.length + 1);
            query.set('page_size', request.length);
            return `/api/data/?${query}`;
        },
        exportUrl(request, format) {
            const query = asked(request);

            query.set('format', format);
            return `/api/data/?${query}`;
        },
        read: ({ count, position, results }) => ({
            recordsTotal: count, recordsFiltered: count, position,
            data: results,
        }),
    };
}
