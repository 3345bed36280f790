// Changes made elsewhere, as a page that follows them shows them.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { Desk, byId, cell, closeBrowser, coloured, eventsOf, idsOf, info, many,
         openBrowser, place, row, rowsOf, turnOn, withDesk }
  from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

const scroller = (page) => page.locator('.dt-layout-table > .dt-layout-cell');
const waiting = (page, text) => byId(page, 'rows-waiting').filter(
  { hasText: `${text} · show` });
const goTo = (page, number) => page.locator('.dt-paging')
  .getByText(String(number), { exact: true }).click();

test('a change by another session lights up in place',
  withDesk({}, {}, async (world, desk) => {
    await place(await world.token('demo'), many(60));
    const page = await desk.login();
    const elsewhere = await world.login('demo');
    await page.selectOption('.dt-length select', '50');
    await info(page, '1–50 of 60');
    const ids = await idsOf(page);
    const id = ids[20];
    await scroller(page).evaluate((one) => { one.scrollTop = 300; });
    await row(page, id).evaluate((one) => { one.isTheOldOne = true; });

    const { status } = await elsewhere.patch(`/api/data/${id}/`,
                                             { price: '4321.25' });
    assert.equal(status, 200);
    await coloured(page, id, 'update');
    await cell(page, id, 'price').filter({ hasText: '4,321.25' }).waitFor();
    await eventsOf(page).filter({ hasText: 'price 39.5 → 4,321.25 ▲' })
      .waitFor();
    assert.deepEqual(await idsOf(page), ids);
    assert.ok(await row(page, id).evaluate((one) => one.isTheOldOne));
    assert.equal(await scroller(page).evaluate((one) => one.scrollTop), 300);
    // A new one moves nothing that is looked at, until it is asked for.
    const order = await elsewhere.order();
    await waiting(page, '1 new order').waitFor();
    assert.deepEqual(await idsOf(page), ids);
    assert.equal(await scroller(page).evaluate((one) => one.scrollTop), 300);
    await waiting(page, '1 new order').click();
    await info(page, '1–50 of 61');
    assert.deepEqual(await idsOf(page), [order.id, ...ids.slice(0, -1)]);
    assert.equal(await scroller(page).evaluate((one) => one.scrollTop), 0);
    assert.equal(await byId(page, 'rows-waiting').isVisible(), false);
  }));

test('what a command imports appears on the first page in yellow',
  withDesk({ redis: true }, {}, async (world, desk) => {
    await place(await world.token('demo'), many(25));
    const page = await desk.login();
    await world.command(['import', '-', '--owner', 'demo'], { input:
      '{"instrument":"IMPORTED","quantity":"1","price":"2"}\n' });
    await info(page, '1–25 of 26');
    const [id] = await idsOf(page);
    await coloured(page, id, 'new');
    assert.equal(await cell(page, id, 'instrument').innerText(), 'IMPORTED');
  }));

test('a page that is not the first stays where it is',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    await place(demo, many(60));
    const page = await desk.login();
    await goTo(page, 2);
    await info(page, '26–50 of 60');
    const ids = await idsOf(page);
    await demo.order({ instrument: 'FRESH' });
    await eventsOf(page).filter({ hasText: 'FRESH' }).waitFor();
    await waiting(page, '1 new order').waitFor();
    assert.deepEqual(await idsOf(page), ids);
    await page.locator('.dt-paging .current').getByText('2', { exact: true })
      .waitFor();
    // Shown where it is: on the first.
    await waiting(page, '1 new order').click();
    await info(page, '1–25 of 61');
    await rowsOf(page).first().filter({ hasText: 'FRESH' }).waitFor();
  }));

test('the last row of the last page goes: the page before it is shown',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const [oldest] = await place(demo, many(26));
    const page = await desk.login();
    await goTo(page, 2);
    await info(page, '26–26 of 26');
    await demo.delete(`/api/data/${oldest.id}/`);
    // It stands there, struck out, until the page is read again.
    await page.locator(`#order-${oldest.id}.is-gone`).waitFor();
    await waiting(page, '1 removed').click();
    await info(page, '1–25 of 25');
    assert.equal(await rowsOf(page).count(), 25);
  }));

test('one life: new, changed, removed, in the grid and in the monitor',
  withDesk({ redis: true }, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const page = await desk.login();
    await page.getByText('No orders yet.').waitFor();
    const kinds = (...names) => page.waitForFunction((expected) =>
      [...document.querySelectorAll('#monitor-rows tr')]
        .map(({ className }) => className).join() === expected.join(),
      names.map((name) => `flash-${name}`));

    const order = await demo.order({ instrument: 'FRESH' });
    await coloured(page, order.id, 'new');
    await kinds('new');
    await demo.patch(`/api/data/${order.id}/`, { quantity: '7' });
    await coloured(page, order.id, 'update');
    await kinds('update', 'new');
    assert.match(await eventsOf(page).first().innerText(),
                 /quantity 100 → 7 ▼/);
    await demo.delete(`/api/data/${order.id}/`);
    await coloured(page, order.id, 'delete');
    await row(page, order.id).waitFor({ state: 'detached' });
    // Struck long enough to be seen.
    assert.ok(await page.evaluate((id) => window.struckMs[id],
                                  `order-${order.id}`) > 500);
    await kinds('delete', 'update', 'new');
    assert.match(await eventsOf(page).first().innerText(), /removed.*FRESH/s);
    await page.getByText('No orders yet').waitFor();
    // Lights are of three kinds only.
    assert.deepEqual(await page.evaluate(() => [...new Set(window.colours)]),
      ['new', 'update', 'delete'].map((kind) =>
        `order-${order.id} flash-${kind}`));
    await byId(page, 'latency').filter({ hasText: /\d+\.\d ms p50.*\d p99/ })
      .waitFor();
  }));

test('while another order is sorted by, a change moves its row',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const made = await place(demo, many(30));
    const page = await desk.login();
    await page.locator('#orders thead th', { hasText: 'Price' }).click();
    await row(page, made[0].id).waitFor();
    await demo.patch(`/api/data/${made[20].id}/`, { price: '-1' });
    await coloured(page, made[20].id, 'update');
    await page.waitForFunction((id) => document.querySelector(
      '#orders tbody tr').id === `order-${id}`, made[20].id);
  }));

test('a search shows what comes to match and lets go of what does not',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const made = await place(demo, many(20));
    const page = await desk.login();
    await byId(page, 'orders-search').fill('INS1');
    await info(page, '1–11 of 11 (20 in all)');
    await demo.patch(`/api/data/${made[1].id}/`, { instrument: 'AWAY' });
    await info(page, '1–10 of 10 (20 in all)');
    await row(page, made[1].id).waitFor({ state: 'detached' });
    await demo.patch(`/api/data/${made[2].id}/`, { instrument: 'INS1-B' });
    await row(page, made[2].id).waitFor();
    await info(page, '1–11 of 11 (20 in all)');
  }));

test('two tabs of a user are live, a stranger sees nothing',
  withDesk({}, {}, async (world, desk) => {
    const first = await desk.login();
    const second = await desk.page('/');
    await turnOn(second);
    const elsewhere = await Desk.open(world);
    const stranger = await elsewhere.login('other');
    const order = await (await world.token('demo')).order();
    const theirs = await (await world.token('other')).order();
    for (const page of [first, second]) {
      await coloured(page, order.id, 'new');
      assert.equal(await eventsOf(page).count(), 1);
    }
    await coloured(stranger, theirs.id, 'new');
    assert.deepEqual(await idsOf(stranger), [theirs.id]);
    assert.equal(await eventsOf(stranger).count(), 1);
    assert.doesNotMatch(JSON.stringify(elsewhere.heard.get(stranger)),
                        /"owner":"demo"/);
    await elsewhere.close();
  }));

test('two workers: a change through one reaches the pages of both',
  withDesk({ workers: 2 }, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const sockets = async () => {
      const { text } = await demo.get('/metrics');
      return [...text.matchAll(/^lwsapp_sockets\{worker="\d"\} (\d+)$/gm)]
        .map(([, count]) => Number(count));
    };
    const pages = [await desk.login()];
    while ((await sockets()).includes(0)) {
      const page = await desk.page('/');
      await turnOn(page);
      pages.push(page);
      assert.ok(pages.length < 20, 'all sockets are with one worker');
    }
    const order = await demo.order();
    for (const page of pages) await coloured(page, order.id, 'new');
    await demo.patch(`/api/data/${order.id}/`, { price: '77.75' });
    for (const page of pages)
      await cell(page, order.id, 'price').filter({ hasText: '77.75' })
        .waitFor();
  }));
