// The pages of the program with two columns more: nothing is said of them there,
// and they can be seen, sorted, searched and followed all the same.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { cell, closeBrowser, idsOf, loaded, openBrowser, place, row, search,
         state, withDesk } from '../browser/lib/page.mjs';

before(openBrowser);
after(closeBrowser);

const WIDE = { viewport: { width: 1600, height: 900 } };
const head = (page, name) => page.locator(`#orders thead th.col-${name}`);

// Columns of the grid that are off until they are asked for.
async function ask(page, names) {
  await page.keyboard.press('l');
  await page.locator('#columns[open]').waitFor();
  for (const [name, title] of names) {
    const item = page.locator(`#columns-list [data-name=${name}]`);
    assert.match(await item.innerText(), new RegExp(title));
    await item.locator('[type=checkbox]').check();
  }
  await page.keyboard.press('Escape');
}

for (const path of ['/', '/admin/orders/']) {
  test(`${path}: shown, sorted, searched, live`,
    withDesk({}, WIDE, async (world, desk) => {
      const boss = await world.token('boss');
      const orders = await place(boss, ['Z\u00fcrich', null, '<b>Bern</b>']
        .map((note) => ({ instrument: 'EDF01', quantity: '1', price: '2', note })));
      for (const [i, { id }] of orders.entries())
        await boss.patch(`/api/data/${id}/`, { fee: `${3 - i}.5` });
      const ids = orders.map(({ id }) => `order-${id}`);
      const page = await desk.at(path, 'boss');
      await loaded(page);
      await state(page, 'live');
      assert.equal(await head(page, 'note').count(), 0);
      await ask(page, [['note', 'Note'], ['fee', 'Fee']]);
      assert.equal(await cell(page, orders[0].id, 'note').innerText(), 'Z\u00fcrich');
      assert.equal(await cell(page, orders[1].id, 'note').innerText(), '\u2013');
      assert.equal(await cell(page, orders[2].id, 'note').innerText(),
                   '<b>Bern</b>');
      assert.equal(await cell(page, orders[2].id, 'fee').innerText(), '1.5');
      await head(page, 'fee').click();
      await page.waitForFunction((wanted) => [...document.querySelectorAll(
        '#orders > tbody > tr[id]')].map((one) => one.id).join() === wanted,
      ids.toReversed().join());
      await boss.patch(`/api/data/${orders[0].id}/`, { note: 'Basel', fee: '0.25' });
      await cell(page, orders[0].id, 'note').filter({ hasText: 'Basel' }).waitFor();
      await search(page, 'basel');
      await row(page, orders[1].id).waitFor({ state: 'detached' });
      assert.deepEqual(await idsOf(page), [orders[0].id]);
    }));
}

test('a change is told in the monitor, and in the history of its order',
  withDesk({}, WIDE, async (world, desk) => {
    const boss = await world.token('boss');
    const demo = await world.token('demo');
    const [{ id }] = await place(demo,
      [{ instrument: 'EDF01', quantity: '1', price: '2', note: 'before' }]);
    const page = await desk.at('/', 'demo');
    await loaded(page);
    await state(page, 'live');
    await boss.patch(`/api/data/${id}/`, { note: 'after', fee: '1.5' });
    const told = page.locator('#monitor-rows tr .col-changed').first();
    await told.filter({ hasText: 'note before \u2192 after' }).waitFor();
    assert.match(await told.innerText(), /fee 0 \u2192 1\.5/);
    await page.goto(`${desk.url}/orders/${id}/`);
    await page.getByText('fee').first().waitFor();
    assert.match(await page.locator('main').innerText(), /note\s+before\s+.*after/s);
  }));

test('a phone shows them below the row',
  withDesk({}, { viewport: { width: 390, height: 844 } }, async (world, desk) => {
    const demo = await world.token('demo');
    const [{ id }] = await place(demo,
      [{ instrument: 'EDF01', quantity: '1', price: '2', note: 'here' }]);
    const page = await desk.at('/', 'demo');
    await loaded(page);
    await row(page, id).locator('.fold').click();
    const detail = page.locator('.row-detail');
    await detail.waitFor();
    assert.match(await detail.innerText(), /Note\s+here/);
  }));
