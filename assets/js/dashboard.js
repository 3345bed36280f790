/*
 * The dashboard: builds the parts and connects them.
 */
import { Alerts } from './panels/alerts.js';
import { CancelAll } from './actions/cancel_all.js';
import { CellEditor } from './grid/cell_editor.js';
import { ChosenBar } from './actions/chosen_bar.js';
import { ColumnLayout } from './grid/column_layout.js';
import { COLUMNS } from './orders/columns.js';
import { ColumnsPanel } from './grid/columns_panel.js';
import { CurrentOrder } from './orders/current_order.js';
import { at } from './lib/dom.js';
import { linkExports, startExports } from './grid/export_links.js';
import { FilterLine } from './grid/filter_line.js';
import { startFrame } from './page/frame.js';
import { GridLayout } from './grid/grid_layout.js';
import { InstrumentsReader } from './orders/instrument_reader.js';
import { KnownOrders } from './orders/known_orders.js';
import { LateFills } from './orders/late_fills.js';
import { LiveOrders } from './stream/live.js';
import { Market } from './market/market.js';
import { Monitor } from './panels/monitor.js';
import { startMonitorPanel } from './panels/monitor_panel.js';
import { may } from './page/me.js';
import { startNotices } from './page/notices.js';
import { obstacle } from './orders/order_state.js';
import { OrderActions } from './actions/order_actions.js';
import { OrderChoice } from './grid/order_choice.js';
import { OWN_FILTER_NAMES, OrderFilters } from './grid/order_filters.js';
import { OrdersGrid } from './grid/orders_grid.js';
import { ownOrders } from './grid/orders_source.js';
import { narrowScreen } from './lib/screen.js';
import { hush } from './actions/said.js';
import { Totals } from './panels/totals.js';

const known = new KnownOrders();
const monitor = new Monitor({
    body: at('monitor-rows'),
    content: at('monitor-content'),
    scroller: at('monitor-scroller'),
    count: at('monitor-count'),
    filter: at('monitor-filter'),
    pause: at('monitor-pause'),
    clear: at('monitor-clear'),
    empty: at('monitor-empty'),
});
const current = new CurrentOrder();
const lateFills = new LateFills();
const market = new Market();
const choice = new OrderChoice();
const columns = [choice.column, ...market.columns(COLUMNS)];
const layout = new ColumnLayout(columns);
const instruments = new InstrumentsReader(() => {
    grid.columnsChanged();
    totals.refresh();
});
const totals = new Totals(
    'totals', narrowScreen.matches ? 'no' : 'yes', instruments);
const gridLayout = new GridLayout('orders', layout, OWN_FILTER_NAMES);
const filters = new OrderFilters({
    form: at('filters'),
    clear: at('filters-clear'),
    toggle: at('filters-toggle'),
    isFolded: true,
}, () => grid.refilter());
const grid = new OrdersGrid(known, {
    columns, layout, current, choice,
    source: ownOrders(() => filters.arguments, totals),
});
const filterLine = new FilterLine(grid, filters);
const panel = new ColumnsPanel({
    layout, gridLayout, isSeen: (name) => grid.isSeen(name),
    opener: at('columns-open'),
});
const actions = new OrderActions(grid, { everybody: false, current, choice });
new CancelAll({ all: '/api/data/?', grid, current, choice, actions });

const chosenBar = new ChosenBar({ grid, current, choice });
const alerts = new Alerts({ current, opener: at('alerts-open') });
const editor = new CellEditor(grid, { everybody: false });
const live = new LiveOrders({
    stream: 'orders',
    setting: 'realtime',
    grid,
    quotes: actions.quotes,
    known,
    onLive(isLive) {
        totals.isLive = isLive;
    },
    onReached,
    onEvent(event, before) {
        lateFills.see(event.order, event.changed?.status?.[0]);
        monitor.add(event, before);
        alerts.hear(event, before);
        actions.hear(event);
    },
    onActive(active) {
        at('monitor-empty').textContent = active
            ? 'Waiting for the first change.'
            : 'Realtime is off. Switch it on to see changes as they happen.';
    },
});

function onReached() {
    actions.reached();
    editor.reached();
}

known.onPut = (order) => lateFills.see(order);
startNotices();
startMonitorPanel(() => monitor.render(), {
    panel: at('monitor'),
    toggle: at('monitor-toggle'),
    content: at('monitor-content'),
    grip: at('monitor-grip'),
});
startFrame({
    ...grid.keys,
    ...actions.keys,
    f: () => filters.focus(),
    l: () => panel.open(),
    t: () => totals.toggle(),
    a: () => alerts.open(),
    r: () => live.toggle(),
    m: () => market.toggle(),
});
grid.onEnter = (field) => {
    hush();
    if (!may('change') || obstacle('change', current.order) ||
        !editor.open(current.order, field)) {
        actions.change(field);
    }
};
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
current.onChange = choice.onChange = () => {
    grid.choiceChanged();
    chosenBar.refresh();
    actions.refresh();
};
choice.startPage(() => grid.shown);
document.querySelector('.orders .dt-layout-end').prepend(at('exports'));
startExports();
market.start(grid);
totals.start(grid);
live.start();
actions.goOn();
gridLayout.start();
