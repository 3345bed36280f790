// A second question, asked because what was asked about had changed: its yes means
// the orders as that shows them, and nothing else is touched. While changes arrive;
// the API is asked afterwards.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { AGREE, CANCEL, CHOOSE, KEEP, open, shut } from './lib/hands.mjs';
import { byId, cell, closeBrowser, loaded, many, openBrowser, place, row, said,
         search, state, withDesk } from './lib/page.mjs';
import { withTraffic } from './lib/traffic.mjs';

before(openBrowser);
after(closeBrowser);

const REFUSED = [/status of 4\d\d/];
const PATH = '/admin/orders/';
const statuses = (session, ids) => Promise.all(ids.map(async (id) =>
  (await session.get(`/api/data/${id}/`)).body.status));

// change() comes behind the press, and before what is sent by it.
async function beforeSent(page, change) {
  let isChanged = false;
  await page.route('**/api/data/bulk/', async (route) => {
    if (!isChanged) {
      isChanged = true;
      await change();
    }
    await route.continue();
  });
}

// What stood in the list when yes was said: id -> quantity.
const noteYes = (page) => page.evaluate(() => {
  document.getElementById('confirm-yes').addEventListener('click', () => {
    window.shownAtYes = Object.fromEntries([...document.querySelectorAll(
      '#confirm-list tbody tr:not(.note, .left)')].map(({ cells }) =>
      [cells[0].textContent, cells[3].textContent.replace(/\D/g, '')]));
  });
});
// What an order was when it was canceled, or null.
async function atCancel(session, id) {
  const { results } = (await session.get(
    `/api/data/${id}/history/?page_size=500`)).body;
  return results.find(({ changes }) => changes.status?.[1] === 'canceled')
    ?.order ?? null;
}

// A removal is asked about once more, now that this is shown.
const again = (page, text) => byId(page, 'confirm').filter({
  hasText: 'Nothing has been removed yet' }).filter({ hasText: text })
  .waitFor();

for (const how of ['mouse', 'keys']) {
  test(`a second yes means orders that never stand still as they are shown, by ${
    how}`, withDesk({}, { expected: REFUSED }, async (world, desk) => {
    const demo = await world.token('demo');
    const boss = await world.token('boss');
    const ids = (await place(demo, many(5, { price: '10' })))
      .map(({ id }) => id);
    const page = await desk.at(PATH, 'boss');
    await loaded(page);
    await state(page, 'live');
    await noteYes(page);
    const changes = () => byId(page, 'confirm-list')
      .filter({ hasText: 'changed in the meantime' }).waitFor();
    await CHOOSE[how](page, ids.slice(0, 4));
    await withTraffic(boss, ids.slice(0, 4), async () => {
      await CANCEL[how](page);
      await open(page, 'confirm');
      // One has gone: it is not sent.
      assert.equal((await demo.delete(`/api/data/${ids[3]}/`)).status, 204);
      await byId(page, 'confirm-yes').filter({ hasText: 'Cancel 3 orders' })
        .waitFor();
      await changes();
      await AGREE[how](page);
      await byId(page, 'confirm').filter({
        hasText: 'Nothing has been canceled yet' }).waitFor();
      await changes();
      await AGREE[how](page);
      await said(page, /^\d orders? canceled(, \d left as (it is|they are))?\.$/);
    }, { gone: [ids[3]] });
    const shown = await page.evaluate(() => window.shownAtYes);
    let count = 0;
    for (const id of ids.slice(0, 3)) {
      const order = await atCancel(boss, id);
      if (order) {
        count++;
        assert.equal(order.quantity, shown[id], `order ${id}`);
      }
    }
    assert.ok(count > 0, 'none was canceled');
    await said(page, new RegExp(`^${count} orders? canceled`));
    if (count < 3) await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await shut(page, 'confirm');
    // One alone: it is chosen whose change counts.
    await row(page, ids[4]).locator('.col-price').click();
    await withTraffic(boss, [ids[4]], async () => {
      await page.keyboard.press('c');
      await open(page, 'confirm');
      await changes();
      await AGREE[how](page);
      await open(page, 'conflict');
      await KEEP[how](page);
      await said(page, 'is canceled.');
    });
    assert.ok(await atCancel(boss, ids[4]));
  }));

  test(`what changes behind a second yes is left, and said, by ${how}`,
    withDesk({}, { expected: REFUSED }, async (world, desk) => {
      const demo = await world.token('demo');
      const boss = await world.token('boss');
      const [busy, ...made] = await place(demo, many(4, { price: '10' }));
      const ids = made.map(({ id }) => id);
      const [moved, part, quiet] = ids;
      const page = await desk.at(PATH, 'boss');
      await loaded(page);
      await state(page, 'live');
      await CHOOSE[how](page, ids);
      await withTraffic(demo, [busy.id], async () => {
        await CANCEL[how](page);
        await open(page, 'confirm');
        await demo.patch(`/api/data/${moved}/`, { price: '9' });
        await AGREE[how](page);
        await byId(page, 'confirm').filter({
          hasText: 'Nothing has been canceled yet' }).waitFor();
        // What comes now is not shown any more before it is sent.
        await beforeSent(page, async () => {
          await demo.patch(`/api/data/${moved}/`, { price: '8' });
          await boss.patch(`/api/data/${part}/`,
            { status: 'partially_filled', filled_quantity: '1' });
        });
        await AGREE[how](page);
        await page.locator('#confirm-title').getByText(
          '2 orders canceled, 1 left as it is', { exact: true }).waitFor();
        await page.locator('#confirm-list li').filter({ hasText:
          `Order ${moved} (Buy INS1): was changed in the meantime: ` +
          'price 9 → 8' }).waitFor();
      });
      assert.deepEqual(await statuses(demo, [moved, part, quiet]),
                       ['new', 'canceled', 'canceled']);
    }));

  test(`a second yes to a removal is of what is shown, by ${how}`,
    withDesk({}, { expected: REFUSED }, async (world, desk) => {
      const demo = await world.token('demo');
      const [busy, ...made] = await place(demo, many(3, { price: '10' }));
      const ids = made.map(({ id }) => id);
      const page = await desk.at(PATH, 'boss');
      await loaded(page);
      await state(page, 'live');
      await CHOOSE[how](page, ids);
      await withTraffic(demo, [busy.id], async () => {
        if (how === 'mouse') await byId(page, 'order-remove').click();
        else await page.keyboard.press('Delete');
        await open(page, 'confirm');
        await demo.patch(`/api/data/${ids[0]}/`, { price: '9' });
        await AGREE[how](page);
        await again(page, 'price 10 → 9');
        await beforeSent(page, async () => {
          await demo.patch(`/api/data/${ids[0]}/`, { price: '8' });
        });
        await AGREE[how](page);
        await again(page, 'price 9 → 8');
        assert.deepEqual(await statuses(demo, ids), ['new', 'new']);
        await AGREE[how](page);
        await said(page, '2 orders removed.');
      });
      for (const id of ids)
        assert.equal((await demo.get(`/api/data/${id}/`)).status, 404);
    }));

  test(`what comes behind a second yes to a removal is asked about, by ${how}`,
    withDesk({}, { expected: REFUSED }, async (world, desk) => {
      const demo = await world.token('demo');
      const made = await place(demo, many(2, { price: '10' }));
      const ids = made.map(({ id }) => id);
      // The browser tells of a question's end later than it ends.
      await desk.context.addInitScript(() => {
        addEventListener('close', (event) => {
          if (event.isTrusted && window.isLate) event.stopImmediatePropagation();
        }, true);
      });
      const page = await desk.at(PATH, 'boss');
      await loaded(page);
      await state(page, 'live');
      await CHOOSE[how](page, ids);
      if (how === 'mouse') await byId(page, 'order-remove').click();
      else await page.keyboard.press('Delete');
      await open(page, 'confirm');
      await demo.patch(`/api/data/${ids[0]}/`, { price: '9' });
      await AGREE[how](page);
      await again(page, 'price 10 → 9');
      await page.evaluate(() => {
        window.isLate = true;
      });
      await AGREE[how](page);
      await shut(page, 'confirm');
      await demo.patch(`/api/data/${ids[0]}/`, { price: '8' });
      await cell(page, ids[0], 'price').getByText('8', { exact: true }).waitFor();
      await page.evaluate(() => {
        window.isLate = false;
        document.getElementById('confirm').dispatchEvent(new Event('close'));
      });
      await again(page, 'price 9 → 8');
      assert.deepEqual(await statuses(demo, ids), ['new', 'new']);
      await page.keyboard.press('Escape');
    }));

  test(`so it is of orders that are far apart, by ${how}`,
    withDesk({}, { expected: REFUSED }, async (world, desk) => {
      const demo = await world.token('demo');
      const other = await world.token('other');
      const [first] = await place(demo, many(1, { price: '10' }));
      for (let i = 0; i < 6; i++)
        await place(other, many(1000, { instrument: 'ELSEWHERE' }));
      const [last, busy] = await place(demo, many(2, { price: '10' }));
      const ids = [first.id, last.id];
      const page = await desk.at(PATH, 'boss');
      await loaded(page);
      await state(page, 'live');
      await search(page, '"INS0"');
      await row(page, busy.id).waitFor({ state: 'detached' });
      await CHOOSE[how](page, ids);
      await withTraffic(demo, [busy.id], async () => {
        await CANCEL[how](page);
        await open(page, 'confirm');
        await demo.patch(`/api/data/${first.id}/`, { price: '9' });
        await AGREE[how](page);
        await byId(page, 'confirm').filter({ hasText: 'price 10 → 9' }).filter({
          hasText: 'Nothing has been canceled yet' }).waitFor();
        await AGREE[how](page);
        await said(page, '2 orders canceled.');
      });
      assert.deepEqual(await statuses(demo, [...ids, busy.id]),
                       ['canceled', 'canceled', 'new']);
      assert.equal((await other.get('/api/data/?status=new')).body.count, 6000);
    }));
}
