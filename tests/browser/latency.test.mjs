// The latency in the header, and the sheet below it that says where it comes
// from.
import assert from 'node:assert/strict';
import test from 'node:test';
import { axisOf, keepTexts } from './lib/axis.mjs';
import { byId, closeBrowser, many, openBrowser, place, withDesk } from './lib/page.mjs';
import { withTraffic } from './lib/traffic.mjs';

test.before(openBrowser);
test.after(closeBrowser);

const hops = ['commit_ms', 'engine_ms', 'socket_ms', 'view_ms', 'network',
  'events', 'rows', 'paints'];

// Every hop that there is here has its figures, and p50 is not above p99.
const isMeasured = (page) => page.waitForFunction((names) =>
  names.every((name) => {
    const cells = [...document.querySelectorAll(`[data-hop="${name}"] td`)]
      .map(({ textContent }) => textContent);

    return cells.every((text) => /^[\d,]+(\.\d+)?$/.test(text)) &&
      Number(cells[0]) <= Number(cells[1]);
  }), hops);

for (const [where, log, open] of [
  ['the dashboard', 'demo', (page) =>
    page.getByTestId('orders-table').waitFor()],
  ['the admin', 'boss', (page, world) =>
    page.goto(`${world.url}/admin/orders/`)],
]) {
  test(`the meter of ${where} tells each hop, by mouse and by keys`,
    withDesk({}, {}, async (world, desk) => {
      const demo = await world.token('demo');
      const made = await place(demo, many(3));
      const page = await desk.login(log);
      await open(page, world);
      const meter = byId(page, 'latency-meter');
      const asked = [];
      page.on('request', (request) => {
        if (request.url().endsWith('/api/latency/')) asked.push(request);
      });
      await withTraffic(demo, made.map(({ id }) => id), async () => {
        await byId(page, 'latency').filter({ hasText: /\d\.\d ms p50/ })
          .waitFor();
        assert.equal(asked.length, 0);
        await byId(page, 'latency-open').click();
        await meter.waitFor();
        await isMeasured(page);
        await meter.locator('canvas').waitFor();
        const box = await meter.boundingBox();
        const { width, height } = page.viewportSize();
        assert.ok(box.x >= 0 && box.x + box.width <= width, 'within the page');
        assert.ok(box.y + box.height <= height, 'within the page');

        await page.keyboard.press('Escape');
        await meter.waitFor({ state: 'hidden' });
        await page.keyboard.press('Enter');
        await meter.waitFor();
        await page.locator('h1').click();
        await meter.waitFor({ state: 'hidden' });
      });
    }));
}

test('times below the plot of the meter stand apart', withDesk({},
  { timezoneId: 'Europe/Berlin' }, async (world, desk) => {
    const demo = await world.token('demo');
    const made = await place(demo, many(3));
    await desk.context.addInitScript(keepTexts);
    const page = await desk.login();
    await withTraffic(demo, made.map(({ id }) => id), async () => {
      await byId(page, 'latency').filter({ hasText: /\d\.\d ms p50/ }).waitFor();
      await byId(page, 'latency-open').click();
      const { labels, width } = await axisOf(page, '.meter-plot');
      for (const [i, { text, left, right }] of labels.entries()) {
        assert.ok(right <= width, `${text} is cut`);
        assert.match(text, /^\d\d:\d\d(:\d\d)?$/);
        assert.ok(!i || left - labels[i - 1].right > 5,
                  `${labels[i - 1]?.text} runs into ${text}`);
      }
    });
  }));
