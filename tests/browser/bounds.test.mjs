// What a trader may not do is not done, by button or by key, and it is said why:
// while 20 changes arrive each second; the API is asked afterwards.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { byId, closeBrowser, many, openBrowser, place, row, said, search,
         takeSide, withDesk } from './lib/page.mjs';
import { withTraffic } from './lib/traffic.mjs';

before(openBrowser);
after(closeBrowser);

const REFUSED = [/status of 4\d\d/];
const submit = (page) => page.locator('#ticket button[type=submit]');
const PRESS = {
  mouse: (page) => submit(page).click(),
  keys: (page) => page.locator('#ticket-price').press('Enter'),
};
const REMOVE = {
  mouse: (page) => byId(page, 'order-remove').click(),
  keys: (page) => page.keyboard.press('Delete'),
};
const fault = (page, text) => page.locator('#ticket-quantity-error')
  .filter({ hasText: text }).waitFor();

async function fill(page, fields) {
  for (const [name, value] of Object.entries(fields))
    await page.fill(`#ticket-${name}`, value);
}

for (const how of ['mouse', 'keys']) {
  test(`an order of which anything is filled is not removed, by ${how}`,
    withDesk({}, { expected: REFUSED }, async (world, desk) => {
      const demo = await world.token('demo');
      const boss = await world.token('boss');
      const [busy, part, late] = await place(demo, many(3, { quantity: '100' }));
      await boss.patch(`/api/data/${part.id}/`,
        { status: 'partially_filled', filled_quantity: '60' });
      const page = await desk.login();
      await search(page, 'INS');
      await withTraffic(demo, [busy.id], async () => {
        await row(page, part.id).click();
        const button = byId(page, 'order-remove');
        assert.equal(await button.isDisabled(), true);
        assert.match(await button.getAttribute('title'),
                     /is partly filled: it can be canceled, but not removed/);
        if (how === 'keys') {
          await page.keyboard.press('Delete');
          await said(page, 'is partly filled: it can be canceled, but not');
        }
        assert.equal(await page.locator('#confirm[open]').count(), 0);
        // Filled while it is asked about: nothing to agree to any more.
        await row(page, late.id).click();
        await REMOVE[how](page);
        await byId(page, 'confirm-yes').getByText(`Remove order ${late.id}`)
          .waitFor();
        await boss.patch(`/api/data/${late.id}/`,
          { status: 'partially_filled', filled_quantity: '1' });
        await page.locator('#confirm-title').getByText('is partly filled')
          .waitFor();
        assert.equal(await byId(page, 'confirm-yes').isVisible(), false);
        await page.keyboard.press('Escape');
      });
      for (const { id } of [part, late])
        assert.equal((await demo.get(`/api/data/${id}/`)).status, 200);
    }));

  test(`limits hold, and what is no number is refused by name, by ${how}`,
    withDesk({ redis: true }, { expected: REFUSED }, async (world, desk) => {
      const boss = await world.login('boss');
      const demo = await world.token('demo');
      const [busy] = await place(demo, many(1));
      const { id } = (await demo.get('/api/me/')).body;
      const page = await desk.login();
      await withTraffic(demo, [busy.id], async () => {
        // The traffic's own are up to some 1,500.
        const { status, text } = await boss.patch(`/api/users/${id}/`,
          { max_quantity: '50000', max_notional: '1000000' });
        assert.equal(status, 200, text);
        await page.keyboard.press('n');
        await takeSide(page);
        await fill(page, { instrument: 'LIMIT', price: '1' });
        for (const [quantity, words] of [
          ['1e3', '“1e3” is not accepted'], ['1k', 'without “k”'],
          ['50001', 'must be at most 50,000']]) {
          await fill(page, { quantity });
          await PRESS[how](page);
          await fault(page, words);
        }
        await fill(page, { quantity: '50000', price: '20.01' });
        await PRESS[how](page);
        await fault(page, 'must be at most 1,000,000');
        await fill(page, { price: '20' });
        await submit(page).getByText('Buy 50,000 LIMIT @ 20 = 1,000,000')
          .waitFor();
        await PRESS[how](page);
        await said(page, '(Buy LIMIT) is placed.');
      });
      const { count, results: [order] } =
        (await demo.get('/api/data/?instrument=LIMIT')).body;
      assert.deepEqual([count, order.quantity, order.price],
                       [1, '50000', '20']);
    }));
}
