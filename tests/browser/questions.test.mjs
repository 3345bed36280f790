// Questions before something is lost or done: what they offer is what can be
// done, and a key pressed by habit drops nothing.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { AGREE, CANCEL, CHOOSE, KEEP, keepMine, open, shut } from './lib/hands.mjs';
import { byId, cell, closeBrowser, loaded, many, openBrowser, place, row,
         said, state, withDesk } from './lib/page.mjs';
import { withTraffic } from './lib/traffic.mjs';

before(openBrowser);
after(closeBrowser);

const REFUSED = [/status of 4\d\d/];
const PATH = '/admin/orders/';
const THEIRS = {
  mouse: (page) => byId(page, 'take-theirs').click(),
  async keys(page) {
    await byId(page, 'take-theirs').focus();
    await page.locator('[data-testid=take-theirs]:not([aria-disabled])')
      .waitFor();
    await page.keyboard.press('Enter');
  },
};
const SAVE = {
  mouse: (page) => page.locator('.cell-editor')
    .getByText('Save', { exact: true }).click(),
  keys: (page) => page.locator('.cell-editor select').press('Enter'),
};
const LEAVE = {
  mouse: (page) => page.locator('#confirm-no').click(),
  keys: (page) => page.keyboard.press('Enter'),
};
const statuses = (session, ids) => Promise.all(ids.map(async (id) =>
  (await session.get(`/api/data/${id}/`)).body.status));

for (const how of ['mouse', 'keys']) {
  test(`mine is not kept where more than that is filled meanwhile, by ${how}`,
    withDesk({}, { expected: REFUSED }, async (world, desk) => {
      const demo = await world.token('demo');
      const boss = await world.token('boss');
      const [busy, order] = await place(demo, many(2, { quantity: '100' }));
      const page = await desk.login();
      await row(page, order.id).click();
      await withTraffic(demo, [busy.id], async () => {
        if (how === 'keys') await page.keyboard.press('e');
        else await byId(page, 'order-change').click();
        await open(page, 'ticket');
        await page.fill('#ticket-quantity', '20');
        await boss.patch(`/api/data/${order.id}/`,
          { status: 'partially_filled', filled_quantity: '60' });
        await page.locator('#ticket-now').getByText('60 of 100 filled, 40 remaining')
          .waitFor();
        await page.keyboard.press('Enter');
        await open(page, 'conflict');
        assert.match(await page.locator('#conflict-text').innerText(),
                     /It is now: Buy 100 INS1 @ 1\.5 = 150, 40 remaining\./);
        assert.equal(await byId(page, 'conflict-why').innerText(),
          'Your change can’t be saved: 60 are filled already, more than 20.');
        assert.equal(await keepMine(page).isDisabled(), true);
        // Enter, by habit: back to the ticket, with what was typed.
        await page.keyboard.press('Enter');
        await shut(page, 'conflict');
        assert.equal(await page.locator('#ticket-quantity').inputValue(), '20');
        await page.fill('#ticket-quantity', '70');
        if (how === 'keys') await page.locator('#ticket-quantity').press('Enter');
        else await page.locator('#ticket button[type=submit]').click();
        await open(page, 'conflict');
        await KEEP[how](page);
        await said(page, 'is saved');
      });
      const { body } = await demo.get(`/api/data/${order.id}/`);
      assert.deepEqual([body.quantity, body.filled_quantity, body.status],
                       ['70', '60', 'partially_filled']);
    }));
}

for (const how of ['mouse', 'keys']) {
  test(`filled while it was asked about, an order is not canceled, by ${how}`,
    withDesk({}, { expected: REFUSED }, async (world, desk) => {
      const demo = await world.token('demo');
      const boss = await world.token('boss');
      const [busy, order] = await place(demo, many(2));
      const page = await desk.login();
      await row(page, order.id).click();
      await page.keyboard.press('r');
      await state(page, 'connected');
      await withTraffic(demo, [busy.id], async () => {
        await CANCEL[how](page);
        await open(page, 'confirm');
        await boss.patch(`/api/data/${order.id}/`,
          { status: 'filled', filled_quantity: '2' });
        await AGREE[how](page);
        await open(page, 'conflict');
        assert.equal(await keepMine(page).isDisabled(), true);
        assert.equal(await byId(page, 'conflict-why').innerText(), 'The ' +
          'order is filled, so there is nothing left to cancel.');
        await THEIRS[how](page);
        await said(page, 'was left as they changed it.');
        // And the buttons know it from then on.
        await page.locator('#order-cancel:disabled').waitFor();
        assert.match(await byId(page, 'order-cancel').getAttribute('title'),
                     /is filled, so there is nothing left to cancel/);
        assert.equal(await byId(page, 'order-change').isDisabled(), true);
        assert.equal(await byId(page, 'order-remove').isDisabled(), true);
        await page.keyboard.press('c');
        await said(page, 'is filled, so there is nothing left to cancel.');
      });
      assert.equal((await demo.get(`/api/data/${order.id}/`)).body.status,
                   'filled');
    }));
}

for (const [path, name] of [['/', 'demo'], [PATH, 'boss']]) {
  test(`${path}: a question’s title and button follow what becomes of it`,
    withDesk({}, {}, async (world, desk) => {
      const demo = await world.token(name);
      const boss = await world.token('boss');
      const [busy, order] = await place(demo, many(2));
      const page = await desk.at(path, name);
      await loaded(page);
      await state(page, 'live');
      await row(page, order.id).click();
      const title = (text) => page.locator('#confirm-title')
        .getByText(text, { exact: true }).waitFor();
      const yes = byId(page, 'confirm-yes');
      await withTraffic(demo, [busy.id], async () => {
        await page.keyboard.press('c');
        await title(`Cancel order ${order.id} (Buy INS1)?`);
        await yes.focus();
        await demo.patch(`/api/data/${order.id}/`,
          { side: 'sell', instrument: 'RENAMED' });
        await title(`Cancel order ${order.id} (Sell RENAMED)?`);
        await page.locator('#confirm-yes:focus').waitFor();
        await boss.patch(`/api/data/${order.id}/`,
          { status: 'filled', filled_quantity: '2' });
        await title(`Order ${order.id} (Sell RENAMED) is filled, so there ` +
          'is nothing left to cancel');
        assert.equal(await yes.isVisible(), false);
        await page.locator('#confirm-no:focus').getByText('Close').waitFor();
        await page.keyboard.press('Enter');
        await shut(page, 'confirm');
      });
      const { body } = await demo.get(`/api/data/${order.id}/`);
      assert.equal(body.status, 'filled');
    }));
}

for (const how of ['mouse', 'keys']) {
  test(`a question about many counts those that can be canceled still, by ${how}`,
    withDesk({}, {}, async (world, desk) => {
      const demo = await world.token('demo');
      const boss = await world.token('boss');
      const [busy, ...made] = await place(demo, many(5));
      const page = await desk.at(PATH, 'boss');
      await loaded(page);
      await state(page, 'live');
      const ids = made.map(({ id }) => id);
      await CHOOSE[how](page, ids);
      const yes = byId(page, 'confirm-yes');
      await withTraffic(demo, [busy.id], async () => {
        await CANCEL[how](page);
        await yes.getByText('Cancel 4 orders').waitFor();
        await boss.patch(`/api/data/${made[0].id}/`, { status: 'rejected' });
        await yes.getByText('Cancel 3 orders').waitFor();
        assert.equal(await page.locator('#confirm-title').innerText(),
                     'Cancel 3 orders?');
        await page.locator('#confirm-text').getByText(
          '1 of the 4 selected orders can’t be canceled.').waitFor();
        await demo.delete(`/api/data/${made[1].id}/`);
        await yes.getByText('Cancel 2 orders').waitFor();
        for (const { id } of made.slice(2))
          await boss.patch(`/api/data/${id}/`, { status: 'rejected' });
        await page.locator('#confirm-title').getByText(
          'None of these can be canceled any longer').waitFor();
        assert.equal(await yes.isVisible(), false);
        await LEAVE[how](page);
      });
      assert.deepEqual(await statuses(demo, [ids[0], ids[2], ids[3]]),
                       ['rejected', 'rejected', 'rejected']);
    }));
}

test('Esc on a changed ticket asks, as often as it is pressed',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const [busy] = await place(demo, many(1));
    const page = await desk.login();
    const { keyboard } = page;
    await withTraffic(demo, [busy.id], async () => {
      await keyboard.press('n');
      await keyboard.press('Escape');
      await shut(page, 'ticket');
      await keyboard.press('n');
      await keyboard.type('EDF01');
      for (let i = 0; i < 3; i++) {
        await keyboard.press('Escape');
        await open(page, 'confirm');
        await keyboard.press('Escape');
        await shut(page, 'confirm');
        assert.equal(await page.locator('#ticket-instrument').inputValue(),
                     'EDF01');
      }
      // Wherever a click has left the focus; a key held down asks once.
      for (let i = 0; i < 3; i++) {
        await page.locator('#ticket h2').click();
        assert.equal(await page.evaluate(() =>
          document.activeElement.matches('input')), false);
        await keyboard.down('Escape');
        await keyboard.down('Escape');
        await keyboard.up('Escape');
        await open(page, 'confirm');
        await keyboard.press('Escape');
        await shut(page, 'confirm');
        await open(page, 'ticket');
      }
      // Enter, by habit, goes back to it.
      await page.locator('#ticket [data-leave]').click();
      await open(page, 'confirm');
      await keyboard.press('Enter');
      await shut(page, 'confirm');
      await open(page, 'ticket');
      await keyboard.press('Escape');
      await byId(page, 'confirm-yes').click();
      await shut(page, 'ticket');
    });
    assert.equal((await demo.get('/api/data/?instrument=EDF01')).body.count, 0);
  }));

// The browser leaves the focus in it until it draws the next time.
test('a key right after the Esc that closes a ticket is not lost in it',
  withDesk({}, {}, async (world, desk) => {
    const page = await desk.login();
    await page.keyboard.press('n');
    await open(page, 'ticket');
    await page.evaluate(() => ['Escape', 'n'].forEach((key) =>
      document.activeElement.dispatchEvent(new KeyboardEvent('keydown',
        { key, bubbles: true, cancelable: true }))));
    await open(page, 'ticket');
    await page.keyboard.type('EDF01');
    assert.equal(await page.locator('#ticket-instrument').inputValue(), 'EDF01');
  }));

for (const how of ['mouse', 'keys']) {
  test(`an old version of one of many is no dead end with Realtime off, by ${how}`,
    withDesk({}, { expected: REFUSED }, async (world, desk) => {
      const demo = await world.token('demo');
      const made = await place(demo, many(6, { price: '10' }));
      const ids = made.slice(1, 5).map(({ id }) => id);
      const page = await desk.at(PATH, 'boss');
      await loaded(page);
      await state(page, 'live');
      await page.keyboard.press('r');
      await state(page, 'connected');
      await CHOOSE[how](page, ids);
      await demo.patch(`/api/data/${ids[0]}/`, { price: '9' });
      await demo.delete(`/api/data/${ids[3]}/`);
      await withTraffic(demo, [made[0].id], async () => {
        await CANCEL[how](page);
        await open(page, 'confirm');
        await AGREE[how](page);
        await byId(page, 'confirm-yes').filter({ hasText: 'Cancel 3 orders' })
          .waitFor();
        await byId(page, 'confirm-list').filter({ hasText:
          'changed in the meantime: price 10 → 9' }).waitFor();
        for (const { id } of made)
          if (id !== ids[3])
            assert.equal((await demo.get(`/api/data/${id}/`)).body.status, 'new');
        await AGREE[how](page);
        await said(page, '3 orders canceled.');
        await cell(page, ids[0], 'status').filter({ hasText: 'canceled' })
          .waitFor();
      });
      for (const id of ids.slice(0, 3))
        assert.equal((await demo.get(`/api/data/${id}/`)).body.status,
                     'canceled');
      assert.equal((await demo.get(`/api/data/${made[5].id}/`)).body.status,
                   'new');
    }));
}

for (const how of ['mouse', 'keys']) {
  test(`staff correct an order that is over in so many words, or not at all, by ${
    how}`,
    withDesk({}, { expected: REFUSED }, async (world, desk) => {
      const demo = await world.token('demo');
      const boss = await world.token('boss');
      const [busy, order] = await place(demo, many(2));
      await boss.patch(`/api/data/${order.id}/`,
        { status: 'filled', filled_quantity: '2' });
      const page = await desk.at(PATH, 'boss');
      await loaded(page);
      await state(page, 'live');
      const status = async () =>
        (await demo.get(`/api/data/${order.id}/`)).body.status;
      await withTraffic(demo, [busy.id], async () => {
        await row(page, order.id).click();
        assert.equal(await byId(page, 'order-cancel').isDisabled(), true);
        await cell(page, order.id, 'status').dblclick();
        await page.locator('.cell-editor select').selectOption('canceled');
        await SAVE[how](page);
        await open(page, 'confirm');
        assert.match(await page.locator('#confirm').innerText(),
          /Correct order 2 \(Buy INS1\) to canceled\?\s+It is filled,/);
        await LEAVE[how](page);
        await page.locator('.cell-error').filter(
          { hasText: 'Your change was not saved' }).waitFor();
        assert.equal(await status(), 'filled');
        await SAVE[how](page);
        await AGREE[how](page);
        await said(page, 'is saved');
      });
      assert.equal(await status(), 'canceled');
    }));
}

for (const how of ['mouse', 'keys']) {
  for (const realtime of ['on', 'off']) {
    test(`filled while it was asked about, some are left, by ${how}, Realtime ` +
      realtime,
      withDesk({}, { expected: REFUSED }, async (world, desk) => {
        const demo = await world.token('demo');
        const boss = await world.token('boss');
        const [busy, ...made] = await place(demo, many(7,
          { instrument: 'EDF01', quantity: '10' }));
        const ids = made.slice(0, 5).map(({ id }) => id);
        const [filled, rejected, part, canceled, quiet] = ids;
        const page = await desk.at(PATH, 'boss');
        await loaded(page);
        await state(page, 'live');
        await CHOOSE[how](page, ids);
        if (realtime === 'off') {
          await page.keyboard.press('r');
          await state(page, 'connected');
        }
        const answers = [];
        page.on('response', (response) => {
          if (response.url().endsWith('/bulk/'))
            answers.push(response.json());
        });
        await withTraffic(demo, [busy.id], async () => {
          await CANCEL[how](page);
          await byId(page, 'confirm-yes').filter({ hasText: 'Cancel 5 orders' })
            .waitFor();
          for (const [id, change] of [
            [filled, { status: 'filled', filled_quantity: '10' }],
            [rejected, { status: 'rejected' }],
            [part, { status: 'partially_filled', filled_quantity: '4' }],
            [canceled, { status: 'canceled' }]]) {
            assert.equal((await boss.patch(`/api/data/${id}/`, change)).status,
                         200);
          }
          await AGREE[how](page);
          // Once asked, once answered: nothing of it is in the way of the rest.
          await said(page, '3 orders canceled, 2 left as they are.');
          await page.locator('#confirm-title').filter({ hasText:
            '3 orders canceled, 2 left as they are' }).waitFor();
          assert.equal(await page.locator('#confirm-text').innerText(),
                       'Left unchanged, and why:');
          assert.deepEqual((await page.locator('#confirm[open] li')
            .allInnerTexts()).sort(), [
            `Order ${filled} (Buy EDF01): is filled, so there is nothing left ` +
              'to cancel',
            `Order ${rejected} (Buy EDF01): was rejected, so there is nothing ` +
              'left to cancel']);
          await page.keyboard.press('Enter');
          await shut(page, 'confirm');
          assert.equal(await page.locator('#chosen').isVisible(), false);
          for (const [id, words] of [[filled, 'filled'], [rejected, 'rejected'],
            [part, 'canceled'], [canceled, 'canceled'], [quiet, 'canceled']])
            await cell(page, id, 'status').filter({ hasText: words }).waitFor();
        });
        const { count, left } = (await Promise.all(answers)).at(-1);
        assert.equal(count, 3);
        assert.deepEqual(left.map(({ id, status }) => [id, status]).sort(),
                         [[filled, 'filled'], [rejected, 'rejected']]);
        assert.deepEqual(await statuses(demo, ids),
          ['filled', 'rejected', 'canceled', 'canceled', 'canceled']);
        assert.equal((await demo.get(`/api/data/${part}/`)).body
          .filled_quantity, '4');
        assert.deepEqual(await statuses(demo, [made[5].id]), ['new']);
      }));
  }

  for (const path of ['/', PATH]) {
    test(`${path}: filled in part while it was asked about, the rest is ` +
      `canceled; filled whole, it is said, by ${how}`,
      withDesk({}, { expected: REFUSED }, async (world, desk) => {
        const boss = await world.token('boss');
        const [busy, part, whole] = await place(boss, many(3,
          { instrument: 'EDF01', quantity: '10' }));
        const page = await desk.at(path, 'boss');
        await loaded(page);
        await state(page, 'live');
        await row(page, part.id).click();
        await withTraffic(boss, [busy.id], async () => {
          for (const [order, change] of [
            [part, { status: 'partially_filled', filled_quantity: '4' }],
            [whole, { status: 'filled', filled_quantity: '10' }]]) {
            await row(page, order.id).click();
            await CANCEL[how](page);
            await open(page, 'confirm');
            await boss.patch(`/api/data/${order.id}/`, change);
            if (order === part) {
              await AGREE[how](page);
              await said(page, `Order ${part.id} (Buy EDF01) is canceled.`);
              await cell(page, part.id, 'status')
                .filter({ hasText: 'canceled' }).waitFor();
            }
          }
          await page.locator('#confirm-title').filter({ hasText:
            'is filled, so there is nothing left to cancel' }).waitFor();
          await page.keyboard.press('Enter');
          await shut(page, 'confirm');
        });
        assert.deepEqual(await statuses(boss, [part.id, whole.id]),
                         ['canceled', 'filled']);
        assert.equal((await boss.get(`/api/data/${part.id}/`)).body
          .filled_quantity, '4');
      }));
  }
}

for (const path of ['/', PATH]) {
  test(`${path}: Esc and Back on a changed order ask, and write nothing`,
    withDesk({}, {}, async (world, desk) => {
      const boss = await world.token('boss');
      const [busy, order] = await place(boss, many(2));
      const page = await desk.at(path, 'boss');
      await loaded(page);
      await state(page, 'live');
      await withTraffic(boss, [busy.id], async () => {
        for (const how of ['mouse', 'keys']) {
          const leave = () => how === 'keys' ? page.keyboard.press('Escape')
            : page.locator('#ticket [data-leave]').click();
          await row(page, order.id).click();
          if (how === 'keys') await page.keyboard.press('e');
          else await byId(page, 'order-change').click();
          await open(page, 'ticket');
          await page.fill('#ticket-quantity', '55');
          for (let i = 0; i < 2; i++) {
            await leave();
            await open(page, 'confirm');
            if (how === 'keys') await page.keyboard.press('Escape');
            else await page.locator('#confirm-no').click();
            await shut(page, 'confirm');
            assert.equal(await page.locator('#ticket-quantity').inputValue(),
                         '55');
          }
          await leave();
          await open(page, 'confirm');
          await AGREE[how](page);
          await shut(page, 'ticket');
          const { body } = await boss.get(`/api/data/${order.id}/`);
          assert.deepEqual([body.quantity, body.version], ['2', 1]);
        }
      });
    }));
}

for (const path of ['/', PATH]) {
  test(`${path}: after a conflict the focus is where the work is`,
    withDesk({}, { expected: REFUSED }, async (world, desk) => {
      const boss = await world.token('boss');
      const { id } = (await place(boss, many(10)))[5];
      const page = await desk.at(path, 'boss');
      await loaded(page);
      await page.keyboard.press('r');
      await state(page, 'connected');
      await row(page, id).click();
      await boss.patch(`/api/data/${id}/`, { price: '5' });
      const back = {
        mouse: () => byId(page, 'keep-editing').click(),
        keys: () => page.keyboard.press('Escape'),
      };
      for (const how of ['mouse', 'keys']) {
        await CANCEL[how](page);
        await byId(page, 'confirm-yes').click();
        await open(page, 'conflict');
        await back[how]();
        await shut(page, 'conflict');
        await page.locator(`#order-${id}:focus`).waitFor();
      }
      await page.keyboard.press('e');
      await page.fill('#ticket-quantity', '7');
      for (const how of ['mouse', 'keys']) {
        if (how === 'mouse')
          await page.locator('#ticket button[type=submit]').click();
        else await page.locator('#ticket-quantity').press('Enter');
        await open(page, 'conflict');
        await back[how]();
        await shut(page, 'conflict');
        await page.locator('#ticket-quantity:focus').waitFor();
      }
    }));
}
