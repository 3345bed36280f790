// What is chosen is an order, whatever becomes of its row: 20 changes arrive
// each second, and the API says what was really done.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { agreeByKeys, byId, closeBrowser, idsOf, info, loaded, many, openBrowser,
         place, row, said, typeSearch, state, withDesk } from './lib/page.mjs';
import { withTraffic } from './lib/traffic.mjs';

before(openBrowser);
after(closeBrowser);

const PATH = '/admin/orders/';
const REFUSED = [/status of 4\d\d/];
const selected = (page) => page.locator('#orders tr[aria-selected=true]')
  .evaluateAll((rows) => rows.map(({ id }) => Number(id.split('-')[1])));
const waiting = (page) => byId(page, 'rows-waiting');
const question = async (page, title) => {
  await page.locator('#confirm[open]').waitFor();
  assert.equal(await page.locator('#confirm-title').innerText(), title);
};
const statuses = async (session, ids) => Promise.all(ids.map(async (id) =>
  (await session.get(`/api/data/${id}/`)).body.status));

for (const [how, choose, cancel, agree] of [
  ['a click', (page, id) => row(page, id).click(),
    (page) => byId(page, 'order-cancel').click(),
    (page) => byId(page, 'confirm-yes').click()],
  ['keys', async (page) => {
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('End');
  }, (page) => page.keyboard.press('c'), agreeByKeys]]) {
  test(`the last row of a page, chosen by ${how}, stays the one that is meant`,
    withDesk({}, {}, async (world, desk) => {
      const demo = await world.token('demo');
      const made = await place(demo, many(40));
      const ids = made.map(({ id }) => id);
      const page = await desk.login();
      await info(page, '1–25 of 40');
      const shown = await idsOf(page);
      const last = shown.at(-1);
      await choose(page, last);
      await withTraffic(demo, ids.slice(30), async () => {
        await waiting(page).filter({ hasText: /([3-9]|\d\d) new orders/ }).waitFor();
        assert.deepEqual(await selected(page), [last]);
        assert.deepEqual(await idsOf(page), shown);
        await cancel(page);
        await question(page, `Cancel order ${last} (Buy INS15)?`);
        await page.keyboard.press('Escape');
        // Shown, it is on the next page: it is the one still, and that is said.
        await waiting(page).click();
        await byId(page, 'chosen-count')
          .getByText(`Order ${last} selected, not shown`).waitFor();
        assert.deepEqual(await selected(page), []);
        await cancel(page);
        await question(page, `Cancel order ${last} (Buy INS15)?`);
        assert.match(await byId(page, 'confirm-list').innerText(),
                     /INS15\s+Buy\s+16\s+16\s+15\.5\s+not shown here/);
        await agree(page);
        await said(page, `Order ${last} (Buy INS15) is canceled.`);
      });
      const near = [last - 1, last, last + 1];
      assert.deepEqual(await statuses(demo, near), ['new', 'canceled', 'new']);
    }));
}

const HOWS = {
  mouse: {
    choose: (page, id) => row(page, id).click(),
    sort: (page) => page.locator('#orders thead th', { hasText: 'Price' })
      .click(),
    remove: (page) => byId(page, 'order-remove').click(),
    agree: (page) => byId(page, 'confirm-yes').click(),
    cancel: (page) => byId(page, 'order-cancel').click(),
    async box(page, ids) {
      for (const id of ids) await row(page, id).locator('.choose').click();
    },
  },
  keys: {
    async choose(page, id) {
      const ids = await idsOf(page);
      for (let i = 0; i <= ids.indexOf(id); i++)
        await page.keyboard.press('ArrowDown');
      await page.locator(`#order-${id}:focus[aria-selected=true]`).waitFor();
    },
    async sort(page) {
      await page.locator('#orders thead th', { hasText: 'Price' })
        .locator('[role=button]').focus();
      await page.keyboard.press('Enter');
    },
    remove: (page) => page.keyboard.press('Delete'),
    agree: agreeByKeys,
    cancel: (page) => page.keyboard.press('c'),
    // From the oldest on, by arrows and Space.
    async box(page, ids) {
      await page.locator('#orders-title').click();
      await page.keyboard.press('End');
      for (const id of (await idsOf(page)).reverse()) {
        await page.locator(`#order-${id}:focus`).waitFor();
        if (ids.includes(id)) await page.keyboard.press('Space');
        if (id === Math.max(...ids)) return;
        await page.keyboard.press('ArrowUp');
      }
    },
  },
};

for (const [how, does] of Object.entries(HOWS)) {
  test(`removed elsewhere, what was chosen by ${how} is none, and the ` +
    'neighbour is safe',
    withDesk({}, {}, async (world, desk) => {
      const demo = await world.token('demo');
      const made = await place(demo, many(12));
      const [id, below] = [made[5].id, made[4].id];
      const page = await desk.login();
      await does.choose(page, id);
      // Rows don't wait for a pointer that is over them.
      await page.locator('#orders-title').hover();
      await withTraffic(demo, [made[11].id], async () => {
        await demo.delete(`/api/data/${id}/`);
        await said(page, `Order ${id} (Buy INS5), which was selected, has ` +
          'been removed.');
        await row(page, id).waitFor({ state: 'detached' });
        // The focus went to the row that took its place, the choice did not.
        await page.locator(`#order-${below}:focus`).waitFor();
        assert.deepEqual(await selected(page), []);
        assert.equal(await byId(page, 'order-cancel').isDisabled(), true);
        await page.keyboard.press('c');
        await said(page, 'Select a row first.');
        await page.keyboard.press('Delete');
        await page.keyboard.press('Enter');
        // Enter has chosen it, and done no more.
        assert.deepEqual(await selected(page), [below]);
        assert.equal(await page.locator('dialog[open]').count(), 0);
      });
      assert.deepEqual(await statuses(demo, [below]), ['new']);
    }));

  test(`sorted and searched away by ${how}, the order stays the one that is ` +
    'meant',
    withDesk({}, {}, async (world, desk) => {
      const demo = await world.token('demo');
      const made = await place(demo, many(40));
      const { id } = made[38];
      const page = await desk.login();
      await does.choose(page, id);
      await withTraffic(demo, [made[3].id], async () => {
        await does.sort(page);
        await byId(page, 'chosen-count')
          .getByText(`Order ${id} selected, not shown`).waitFor();
        await does.sort(page);
        await row(page, id).waitFor();
        await page.waitForFunction((order) => document.querySelector(
          `#order-${order}`).ariaSelected === 'true', id);
        await typeSearch(page, 'INS3');
        await typeSearch(page, 'INS1');
        await byId(page, 'chosen-count')
          .getByText(`Order ${id} selected, not shown`).waitFor();
        await page.locator('#orders-title').click();
        await does.remove(page);
        await question(page, `Remove order ${id} (Buy INS38)?`);
        await does.agree(page);
        await said(page, `Order ${id} (Buy INS38) is removed.`);
      });
      assert.equal((await demo.get(`/api/data/${id}/`)).status, 404);
      assert.deepEqual(await statuses(demo, [made[37].id, made[39].id]),
                       ['new', 'new']);
    }));
}

for (const [how, does] of Object.entries(HOWS)) {
  test(`boxes behind a filter are told, and the question lists them all, by ${how}`,
    withDesk({}, { expected: REFUSED }, async (world, desk) => {
      const demo = await world.token('demo');
      const other = await world.token('other');
      const boss = await world.token('boss');
      const made = await place(demo, many(8, { instrument: 'EDF01' }));
      await place(other, many(3, { instrument: 'AXA02', side: 'sell' }));
      const ids = made.slice(2, 6).map(({ id }) => id);
      await boss.patch(`/api/data/${ids[0]}/`,
        { status: 'partially_filled', filled_quantity: '1' });
      const page = await desk.at(PATH, 'boss');
      await loaded(page);
      await state(page, 'live');
      await does.box(page, ids);
      await withTraffic(demo, [made[7].id], async () => {
        await byId(page, 'filter-instrument').fill('AXA');
        await byId(page, 'chosen-count').getByText('4 selected, 4 not shown')
          .waitFor();
        // One is filled meanwhile: it is in the way of nothing.
        await boss.patch(`/api/data/${ids[3]}/`,
          { status: 'filled', filled_quantity: '6' });
        await byId(page, 'order-cancel').filter({ hasText: 'Cancel 3 orders' })
          .waitFor();
        await page.locator('#orders-title').click();
        await does.cancel(page);
        await question(page, 'Cancel 3 orders?');
        const lines = (await byId(page, 'confirm-list').locator('tbody tr')
          .allInnerTexts()).map((text) => text.replaceAll(/\s+/g, ' '));
        assert.deepEqual(lines.slice(0, 2),
          [`${ids[0]} EDF01 Buy 3 2 2.5`, 'not shown here']);
        assert.deepEqual(lines.slice(-2), [`${ids[3]} EDF01 Buy 6 0 5.5`,
          'is filled, so there is nothing left to cancel; not shown here']);
        assert.equal(lines.length, 8);
        await does.agree(page);
        await said(page, '3 orders canceled, 1 left as it is.');
        assert.deepEqual(await page.locator('#confirm[open] li').allInnerTexts(),
          [`Order ${ids[3]} (Buy EDF01): is filled, so there is nothing left to cancel`]);
        // It is read, and that is all there is to do.
        await page.keyboard.press('Enter');
        await page.locator('#confirm:not([open])').waitFor(
          { state: 'attached' });
      });
      assert.deepEqual(await statuses(demo, ids),
        ['canceled', 'canceled', 'canceled', 'filled']);
      assert.deepEqual(await statuses(demo, [made[0].id, made[1].id]),
        ['new', 'new']);
    }));
}
