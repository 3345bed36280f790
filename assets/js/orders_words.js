/* The words of the grid, in the form that DataTables takes them. */
export const LANGUAGE = {
    emptyTable: 'No orders yet. Press n to place one; with Realtime on, those ' +
        'placed elsewhere appear here at once.',
    zeroRecords: 'No order matches the search. Clear it to see all orders.',
    loadingRecords: 'Loading orders\u2026',
    info: '_START_\u2013_END_ of _TOTAL_',
    infoEmpty: '0 of 0',
    infoFiltered: '(_MAX_ in all)',
    lengthMenu: '_MENU_ rows',
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
            number: 'Page ',
        },
    },
};
