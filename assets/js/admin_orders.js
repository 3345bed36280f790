/*
 * Everybody's orders, for staff: builds the parts and connects them.
 */
import { Alerts } from './panels/alerts.js';
import { getJson } from './lib/api.js';
import { CancelAll } from './actions/cancel_all.js';
import { CellEditor } from './grid/cell_editor.js';
import { ChosenBar } from './actions/chosen_bar.js';
import { ColumnLayout } from './grid/column_layout.js';
import { ADMIN_COLUMNS } from './orders/columns.js';
import { ColumnsPanel } from './grid/columns_panel.js';
import { CurrentOrder } from './orders/current_order.js';
import { at, element } from './lib/dom.js';
import { linkExports, startExports } from './grid/export_links.js';
import { FilterLine } from './grid/filter_line.js';
import { startFrame } from './page/frame.js';
import { GridLayout } from './grid/grid_layout.js';
import { InstrumentsReader } from './orders/instrument_reader.js';
import { KnownOrders } from './orders/known_orders.js';
import { LateFills } from './orders/late_fills.js';
import { LiveOrders } from './stream/live.js';
import { may, ownName } from './page/me.js';
import { startNotices } from './page/notices.js';
import { OrderActions } from './actions/order_actions.js';
import { OrderChoice } from './grid/order_choice.js';
import { FILTER_NAMES, OrderFilters } from './grid/order_filters.js';
import { OrdersGrid } from './grid/orders_grid.js';
import { everybodysOrders } from './grid/orders_source.js';
import { hush } from './actions/said.js';
import { Totals } from './panels/totals.js';

const known = new KnownOrders();
const current = new CurrentOrder();
const choice = new OrderChoice();
/* Of others’ orders it is said to them. */
const lateFills = new LateFills(({ owner }) => owner === ownName());
const columns = [choice.column, ...ADMIN_COLUMNS];
const layout = new ColumnLayout(columns);
const instruments = new InstrumentsReader(() => {
    grid.columnsChanged();
    totals.refresh();
});
const totals = new Totals('totals-everybody', 'no', instruments);
const gridLayout = new GridLayout('everybody', layout, FILTER_NAMES);
const filters = new OrderFilters({
    form: at('filters'),
    clear: at('filters-clear'),
    toggle: at('filters-toggle'),
}, () => grid.refilter());
const source = everybodysOrders(columns, () => filters.arguments, totals);
const grid = new OrdersGrid(known, {
    columns, layout, source, current, choice,
});
const filterLine = new FilterLine(grid, filters);
const panel = new ColumnsPanel({
    layout, gridLayout, isSeen: (name) => grid.isSeen(name),
    opener: at('columns-open'),
});
const actions = new OrderActions(grid, { everybody: true, current, choice });
new CancelAll({ all: '/api/data/?scope=all', grid, current, choice, actions });

const chosenBar = new ChosenBar({ grid, current, choice });
const alerts = new Alerts({
    current, opener: at('alerts-open'), everybody: true,
});
const editor = new CellEditor(grid, { everybody: true });
const live = new LiveOrders({
    stream: 'all',
    setting: 'realtime-admin',
    grid,
    quotes: actions.quotes,
    known,
    onLive(isLive) {
        totals.isLive = isLive;
    },
    onReached,
    onEvent(event, before) {
        lateFills.see(event.order, event.changed?.status?.[0]);
        alerts.hear(event, before);
        actions.hear(event);
    },
});

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

function onReached() {
    actions.reached();
    editor.reached();
}

function tell() {
    grid.choiceChanged();
    chosenBar.refresh();
    actions.refresh();
}

grid.onDrawn = () => {
    alerts.light();
    editor.place();
    linkExports(grid.asked.file);
    chosenBar.refresh();
    actions.drawn();
    filterLine.refresh();
    totals.refresh();
    if (grid.isSeen('notional')) {
        instruments.want(grid.shown.map(({ instrument }) => instrument));
    }
};
grid.onRead = onReached;
current.onChange = choice.onChange = tell;
grid.onEnter = (field) => {
    hush();
    if (!may('change') || !editor.open(current.order, field)) {
        actions.change(field);
    }
};
known.onPut = (order) => lateFills.see(order);
choice.startPage(() => grid.shown);
startNotices();
startFrame({
    ...grid.keys,
    ...actions.keys,
    f: () => filters.focus(),
    l: () => panel.open(),
    t: () => totals.toggle(),
    a: () => alerts.open(),
    r: () => live.toggle(),
});
startExports();
readUsers().catch(() => {});
totals.start(grid);
live.start();
actions.goOn();
gridLayout.start();
