/*
 * Everybody's orders, for staff: builds the parts and connects them.
 */
import { getJson } from './api.js';
import { CellEditor } from './cell_editor.js';
import { ADMIN_COLUMNS } from './columns.js';
import { at, element } from './dom.js';
import { may, startFrame } from './frame.js';
import { KnownOrders } from './known_orders.js';
import { LiveOrders } from './live.js';
import { OrderActions } from './order_actions.js';
import { OrderChoice } from './order_choice.js';
import { OrderFilters } from './order_filters.js';
import { OrdersGrid } from './orders_grid.js';
import { everybodysOrders } from './orders_source.js';

const known = new KnownOrders();
const choice = new OrderChoice();
const filters = new OrderFilters({
    form: at('filters'),
    clear: at('filters-clear'),
    toggle: at('filters-toggle'),
}, () => grid.refilter());
const columns = [choice.column, ...ADMIN_COLUMNS];
const source = everybodysOrders(columns, () => filters.arguments);
const grid = new OrdersGrid(known, { columns, source, choice });
const actions = new OrderActions(grid, { everybody: true, choice });
const editor = new CellEditor(grid);
const live = new LiveOrders({
    stream: 'all',
    setting: 'realtime-admin',
    otherwise: 'on',
    grid,
    known,
    onEvent({ type, order }) {
        if (type === 'data.delete') {
            choice.forget(order.id);
        }
    },
});

/* The same rows, all of them, as a file. */
function linkExports() {
    for (const format of ['csv', 'ndjson']) {
        at(`export-${format}`).href = source.exportUrl(grid.request, format);
    }
}

function choosePage(chosen) {
    for (const order of grid.shown) {
        choice.toggle(order, chosen);
    }
}

/* Names to choose from; a user may be typed all the same. */
async function readUsers() {
    const { results } = await getJson(
        '/api/users/?page_size=1000&is_active=true&ordering=username');

    at('known-users').replaceChildren(...results.map(({ username }) => {
        const option = element('option');

        option.value = username;
        return option;
    }));
}

grid.onDrawn = () => {
    choice.refresh(grid.shown);
    editor.place();
    linkExports();
};
grid.onEnter = (field) => {
    if (!may('change') || !editor.open(grid.current, field)) {
        actions.change();
    }
};
at('choose-page').addEventListener('change', (event) => {
    choosePage(event.target.checked);
});
at('chosen-clear').addEventListener('click', () => choice.clear());
at('orders').tBodies[0].addEventListener('keydown', (event) => {
    if (event.key === ' ' && event.target.matches('tr[id]')) {
        event.preventDefault();
        choice.toggle(grid.current);
    }
});
startFrame({
    ...grid.keys,
    ...actions.keys,
    f: () => at('filters').elements.owner.focus(),
    r: () => live.toggle(),
});
readUsers().catch(() => {});
live.start();
