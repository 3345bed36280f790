// The monitor of changes, and the switch that makes the page silent.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { Desk, byId, cell, closeBrowser, eventsOf, info, loaded, many, openBrowser,
         place, row, state, turnOn, withDesk } from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

// The frames of a page that tell of a change.
const changesOf = (desk, page) => desk.heard.get(page).filter((frame) =>
  frame.events || /^data|^folded/.test(frame.type));

test('the monitor keeps 500 events and says how many it let go',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const page = await desk.login();
    const count = byId(page, 'monitor-count');
    await place(demo, many(620));
    await count.getByText('500 events · 120 older dropped').waitFor();
    // Only what can be seen is there, and some more.
    const scroller = page.locator('#monitor-scroller');
    const few = await eventsOf(page).count();
    assert.ok(few < 60, `${few}`);
    assert.ok(await scroller.evaluate((one) =>
      one.scrollHeight > one.clientHeight));
    // The newest is on top.
    await eventsOf(page).first().filter({ hasText: 'INS619' }).waitFor();
    await info(page, '1–25 of 620');
    await place(demo, many(1, { instrument: 'LAST' }));
    await eventsOf(page).first().filter({ hasText: 'LAST' }).waitFor();
    assert.equal(await eventsOf(page).count(), few);
    assert.match(await count.innerText(), /121 older dropped/);
    // The rest comes when it is scrolled to; what is read there stays there.
    const bottom = eventsOf(page).filter({ hasText: 'INS121' });
    while (!await bottom.count())
      await scroller.evaluate((one) => { one.scrollTop = one.scrollHeight; });
    assert.equal(await eventsOf(page).count(), 500);
    await scroller.evaluate((one) => { one.scrollTop -= 400; });
    const read = eventsOf(page).filter({ hasText: 'INS140' });
    const topOf = () => read.evaluate((one) => Math.round(
      one.getBoundingClientRect().top));
    const before = await topOf();
    await place(demo, many(3, { instrument: 'NEWER' }));
    await eventsOf(page).filter({ hasText: 'NEWER' }).nth(2).waitFor();
    assert.equal(await topOf(), before);
    await scroller.evaluate((one) => { one.scrollTop = 0; });
    await page.waitForFunction((wanted) => document.querySelectorAll(
      '#monitor-rows tr').length === wanted, few);
    // Folded away it makes no rows, and has them when it is back.
    await page.locator('#monitor-toggle').click();
    await place(demo, many(1, { instrument: 'UNSEEN' }));
    await count.getByText('500 events · 125 older dropped').waitFor();
    assert.equal(await eventsOf(page).count(), 0);
    await page.locator('#monitor-toggle').click();
    await eventsOf(page).first().filter({ hasText: 'UNSEEN' }).waitFor();
  }));

test('a time and a kind have their room in the monitor at every width',
  withDesk({}, {}, async (world) => {
    const demo = await world.token('demo');
    const open = [];
    for (const width of [720, 834, 1024]) {
      const desk = await Desk.open(world, { viewport: { width, height: 800 },
                                            timezoneId: 'Europe/Berlin' });
      open.push([width, desk, await desk.login()]);
    }
    const [{ id }] = await place(demo, many(1));
    assert.equal((await demo.delete(`/api/data/${id}/`)).status, 204);
    for (const [width, desk, page] of open) {
      const removed = eventsOf(page).filter({ hasText: 'removed' });
      await removed.waitFor();
      const cells = await removed.evaluate((row) => ['time', 'kind'].map((name) => {
        const cell = row.querySelector(`.col-${name}`);
        const range = document.createRange();
        range.selectNodeContents(cell);
        const tops = [...range.getClientRects()].map(({ top }) => top);
        return [cell.textContent, new Set(tops).size,
                cell.scrollWidth > cell.clientWidth];
      }));
      for (const [text, lines, isCut] of cells)
        assert.deepEqual([lines, isCut], [1, false], `${text} at ${width}`);
      await desk.close();
    }
  }));

test('the monitor says what changed of orders that the page never had',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const placed = await demo.order({ instrument: 'FAR', price: '10' });
    await place(demo, many(60));
    const page = await desk.login();
    await info(page, '1–25 of 61');
    await demo.patch(`/api/data/${placed.id}/`, { price: '11.5' });
    const told = eventsOf(page).filter({ hasText: 'FAR' })
      .locator('.col-changed');
    await told.getByText('price').waitFor();
    assert.equal(await told.innerText(), 'price 10 → 11.5 ▲');
  }));

test('the monitor can be paused, filtered, cleared and folded away',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const page = await desk.login();
    const count = byId(page, 'monitor-count');
    await demo.order({ instrument: 'EDF01' });
    await count.getByText('1 event', { exact: true }).waitFor();
    await byId(page, 'monitor-pause').click();
    const late = await demo.order({ instrument: 'AXA02' });
    await count.getByText('1 event · 1 waiting').waitFor();
    await row(page, late.id).waitFor();
    assert.equal(await eventsOf(page).count(), 1);
    await byId(page, 'monitor-pause').click();
    await eventsOf(page).filter({ hasText: 'AXA02' }).waitFor();

    await byId(page, 'monitor-filter').fill('edf');
    await count.getByText('1 of 2 events').waitFor();
    await demo.order({ instrument: 'OTHER' });
    await count.getByText('1 of 3 events').waitFor();
    await demo.order({ instrument: 'xEDFx' });
    await count.getByText('2 of 4 events').waitFor();
    await byId(page, 'monitor-filter').press('Escape');
    await count.getByText('4 events', { exact: true }).waitFor();

    await byId(page, 'monitor-clear').click();
    await count.getByText('0 events').waitFor();
    await page.getByText('Waiting for the first change.').waitFor();
    await page.locator('#monitor-toggle').click();
    await byId(page, 'monitor-table').waitFor({ state: 'hidden' });
    await page.reload();
    await loaded(page);
    await byId(page, 'monitor-table').waitFor({ state: 'hidden' });
  }));

test('Realtime off means silent, and the choice is remembered',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const order = await demo.order();
    const page = await desk.login('demo', { realtime: false });
    const button = byId(page, 'realtime-button');
    const silent = async () => {
      assert.deepEqual(changesOf(desk, page), []);
      assert.equal(await eventsOf(page).count(), 0);
      assert.deepEqual(await page.evaluate(() => window.colours), []);
    };

    assert.equal(await button.getAttribute('aria-pressed'), 'false');
    await state(page, 'connected');
    await demo.patch(`/api/data/${order.id}/`, { price: '99' });
    await demo.order();
    // What was missed is in the rows once it is asked for; it is no event. The
    // answer to the subscription comes after all that was sent before.
    await turnOn(page);
    await cell(page, order.id, 'price').filter({ hasText: '99' }).waitFor();
    await info(page, '1–2 of 2');
    await silent();

    await page.reload();
    await loaded(page);
    await state(page, 'live');
    await button.click();
    await state(page, 'connected');
    await page.reload();
    await loaded(page);
    await state(page, 'connected');
    assert.equal(await button.getAttribute('aria-pressed'), 'false');
    await silent();
  }));

test('switched off while changes come, it is silent from then on',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const page = await desk.login();
    const order = await demo.order();
    await row(page, order.id).waitFor();
    await byId(page, 'realtime-button').click();
    await state(page, 'connected');
    assert.equal(await page.locator('#orders [class*=flash-]').count(), 0);
    await page.waitForFunction(() => document.querySelector(
      '#latency [data-part]').textContent === '– ms p50');
    await demo.delete(`/api/data/${order.id}/`);
    await turnOn(page);
    await row(page, order.id).waitFor({ state: 'detached' });
    assert.equal(await eventsOf(page).count(), 1);
    assert.deepEqual(changesOf(desk, page).map(({ type }) => type),
                     ['data.new']);
  }));
