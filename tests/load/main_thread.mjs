// How busy a page's main thread is while 200 changes a second arrive, in
// Chromium's headless shell at 1440x900: its processor time (CDP, threadTicks)
// as a share of the time that passed, and which of its tasks took more than 50 ms
// of it. Both are the thread's own time, so that what else the machine does
// counts little. Beside it the same page while nothing changes; and how many
// nodes, listeners and bytes of scripts it has before and after, with the garbage
// collected.
//   node tests/load/main_thread.mjs [SECONDS [CHANGES_A_SECOND]] [--all]
//     [--own | --everybody]
// --all: with totals, an alert that is met and market data on, of four of the
// instruments shown and at 200 quotes a second (everybody's page has no market);
// --own: one's own orders alone; --everybody: everybody's alone.
import http from 'node:http';
import { performance } from 'node:perf_hooks';
import { Desk, closeBrowser, info, many, openBrowser, place, state }
  from '../browser/lib/page.mjs';
import { World } from '../e2e/lib/world.mjs';

const flags = process.argv.filter((word) => word.startsWith('--'));
const [seconds = 20, rate = 200] = process.argv.slice(2)
  .filter((word) => !word.startsWith('--')).map(Number);
const all = flags.includes('--all');
const TRACED_MAX_S = 20; // its events are kept until the end
const ORDERS = 1000;
const WARM_MS = 3000;
const EVERY_MS = 10;

const settings = ['--log-level', 'warn',
                  ...(all ? ['--market-sim', 'INS499,INS498,INS497,INS496@200:7'] : [])];

// Changes at an even rate until it is told to end; gives how many were made.
function change(session, ids) {
  const began = performance.now();
  const waiting = new Set();
  let sent = 0;
  const timer = setInterval(() => {
    const due = Math.floor((performance.now() - began) / 1000 * rate);
    while (sent < due) {
      // Three in four are of what the page shows.
      const id = ids[sent % 4 ? sent % 25 : (sent * 7) % ids.length];
      const one = session.patch(`/api/data/${id}/`,
                                { price: String(1 + sent++ / 100) });
      waiting.add(one);
      one.finally(() => waiting.delete(one));
    }
  }, EVERY_MS);
  return async () => {
    clearInterval(timer);
    await Promise.all(waiting);
    return sent;
  };
}

async function metricsOf(cdp) {
  const { metrics } = await cdp.send('Performance.getMetrics');
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
}

// The processor time of each task of the page's main thread, in ms.
async function traced(page, body) {
  const cdp = await page.context().browser().newBrowserCDPSession();
  const events = [];
  cdp.on('Tracing.dataCollected', ({ value }) => {
    for (const one of value)
      if (one.name === 'thread_name' || /RunTask$/.test(one.name))
        events.push(one);
  });
  await cdp.send('Tracing.start', { transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['toplevel'] } });
  await body();
  const complete = new Promise((resolve) => {
    cdp.on('Tracing.tracingComplete', resolve);
  });
  await cdp.send('Tracing.end');
  await complete;
  await cdp.detach();
  const of = ({ pid, tid }) => `${pid}/${tid}`;
  const mains = new Set(events.filter(({ name, args }) =>
    name === 'thread_name' && args.name === 'CrRendererMain').map(of));
  return events.filter((one) => one.tdur && mains.has(of(one)))
    .map(({ tdur }) => tdur / 1000);
}

const held = async (cdp) => {
  await cdp.send('HeapProfiler.collectGarbage');
  const { Nodes, JSEventListeners, JSHeapUsedSize } = await metricsOf(cdp);
  return { nodes: Nodes, listeners: JSEventListeners,
           heap_kb: Math.round(JSHeapUsedSize / 1024) };
};

async function measure(page, lasts_s) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
  await page.waitForTimeout(WARM_MS);
  const first = await held(cdp);
  const began = performance.now();
  const before = await metricsOf(cdp);
  await page.waitForTimeout(lasts_s * 1000);
  const after = await metricsOf(cdp);
  const passed = (performance.now() - began) / 1000;
  const last = await held(cdp);
  const share = (name) =>
    Number(((after[name] - before[name]) / passed * 100).toFixed(1));
  // By itself, as it takes time of its own.
  const tasks = await traced(page, () =>
    page.waitForTimeout(Math.min(lasts_s, TRACED_MAX_S) * 1000));
  await cdp.detach();
  return { busy_percent: share('TaskDuration'),
           script_percent: share('ScriptDuration'),
           style_and_layout_percent: Number((share('LayoutDuration') +
             share('RecalcStyleDuration')).toFixed(1)),
           before: first, after: last,
           tasks_over_50_ms: tasks.filter((ms) => ms > 50).length,
           longest_ms: Number(Math.max(0, ...tasks).toFixed(1)) };
}

// Staff's grid has no market, and shows totals when it is told to.
async function turnAllOn(page) {
  if (await page.locator('#market-toggle').count())
    await page.locator('#market-toggle[aria-pressed=false]').click();
  else
    await page.locator('#totals-toggle[aria-pressed=false]').click();
  await page.locator('#totals').waitFor();
  await page.keyboard.press('a');
  await page.locator('#alerts[open]').waitFor();
  await page.locator('#alert-kind').selectOption('over');
  await page.locator('[data-testid=alert-number]').fill('50');
  await page.keyboard.press('Enter');
  await page.locator('[data-testid=alert-rules]').getByText('50').waitFor();
  await page.keyboard.press('Escape');
}

await openBrowser();
const world = await World.start({ settings });
const demo = await world.token('demo');
demo.agent = new http.Agent({ keepAlive: true });
const ids = [];
for (let i = 0; i < ORDERS; i += 500)
  ids.unshift(...(await place(demo, many(500))).map(({ id }) => id).reverse());
const rows = [];
for (const [what, path, user, other] of [
  ['own orders', '/', 'demo', '--everybody'],
  ['everybody\'s orders', '/admin/orders/', 'boss', '--own']]) {
  if (flags.includes(other)) continue;
  const desk = await Desk.open(world,
    { viewport: { width: 1440, height: 900 }, colours: false });
  const page = await desk.at(path, user);
  await info(page, '1–25 of 1,000');
  await state(page, 'live');
  if (all) await turnAllOn(page);
  rows.push({ page: what, changes_per_s: 0,
              ...await measure(page, Math.min(seconds, TRACED_MAX_S)) });
  const end = change(demo, ids);
  const began = performance.now();
  const busy = await measure(page, seconds);
  const passed = (performance.now() - began) / 1000;
  const made = await end();
  rows.push({ page: what, changes_per_s: Math.round(made / passed), ...busy });
  await desk.context.close();
}
demo.agent.destroy();
await world.stop();
await closeBrowser();
console.log(JSON.stringify(rows, null, 1));
