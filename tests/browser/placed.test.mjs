// One's own new order can be found: marked, and led to, also where sort, page,
// search or filter leave it out. While 20 changes arrive each second.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { closeBrowser, loaded, many, openBrowser, place, row, said, search,
         state, takeSide, withDesk } from './lib/page.mjs';
import { withTraffic } from './lib/traffic.mjs';

before(openBrowser);
after(closeBrowser);

const ADMIN = '/admin/orders/';
const show = (page) => page.locator('#said .placed-show');
const PRESS = {
  mouse: (page) => show(page).click(),
  async keys(page) {
    await show(page).focus();
    await page.keyboard.press('Enter');
  },
};

async function placeByTicket(page, instrument, price = '1') {
  await page.keyboard.press('n');
  await takeSide(page);
  await page.fill('#ticket-instrument', instrument);
  await page.fill('#ticket-quantity', '1');
  await page.fill('#ticket-price', price);
  await page.locator('#ticket-price').press('Enter');
  await said(page, `(Buy ${instrument}) is placed.`);
}

const only = async (session, instrument) => {
  const { results, count } = (await session.get(
    `/api/data/?scope=all&instrument=${instrument}`)).body;
  assert.equal(count, 1);
  return results[0];
};

for (const how of ['mouse', 'keys']) {
  for (const [path, name] of [['/', 'demo'], [ADMIN, 'boss']]) {
    test(`${path}: what waits is shown and has the focus, by ${how}`,
      withDesk({}, {}, async (world, desk) => {
        const boss = await world.token('boss');
        const owner = await world.token(name);
        const made = await place(owner, many(3));
        const page = await desk.at(path, name);
        await loaded(page);
        await state(page, 'live');
        await row(page, made[0].id).click();
        await withTraffic(owner, [made[0].id], async () => {
          await placeByTicket(page, 'MINE');
          const { id } = await only(boss, 'MINE');
          // What is chosen stays, and so do the rows.
          await row(page, made[0].id).and(page.locator('[aria-selected=true]'))
            .waitFor();
          await page.locator('#rows-waiting').waitFor();
          await PRESS[how](page);
          await page.locator(`#order-${id}.is-placed:focus`).waitFor();
          await row(page, made[0].id).and(page.locator('[aria-selected=true]'))
            .waitFor();
        });
      }));
  }

  test(`below the fold of another sort it is led to, by ${how}`,
    withDesk({}, { viewport: { width: 1280, height: 600 } },
      async (world, desk) => {
        const boss = await world.token('boss');
        const demo = await world.token('demo');
        const made = await place(demo, many(20));
        const page = await desk.login();
        await page.locator('#orders thead th', { hasText: 'Price' }).click();
        await row(page, made[0].id).waitFor();
        await placeByTicket(page, 'MINE', '18.75');
        const { id } = await only(boss, 'MINE');
        await page.locator(`#order-${id}.is-placed`).waitFor();
        await PRESS[how](page);
        await page.locator(`#order-${id}:focus`).waitFor();
        assert.ok(await row(page, id).evaluate((node) => {
          const { top, bottom } = node.getBoundingClientRect();
          const room = node.closest('table').parentElement
            .getBoundingClientRect();
          return top >= room.top && bottom <= room.bottom;
        }));
      }));

  test(`what a search leaves out is said so, and its history shown, by ${how}`,
    withDesk({}, {}, async (world, desk) => {
      const boss = await world.token('boss');
      const demo = await world.token('demo');
      const [busy] = await place(demo, many(1));
      await demo.order({ instrument: 'OTHER' });
      const page = await desk.login();
      await search(page, 'INS');
      await page.locator('.dt-info').filter({ hasText: '1–1 of 1 (2 in all)' })
        .waitFor();
      await page.locator('#orders-title').click();
      await withTraffic(demo, [busy.id], async () => {
        await placeByTicket(page, 'MINE');
        await said(page, 'It is not among those searched or filtered for.');
        await PRESS[how](page);
        const { id } = await only(boss, 'MINE');
        await page.locator('#history[open]').getByText(`History of order ${id}`)
          .waitFor();
        await page.keyboard.press('Escape');
        // One that is among them, no word of that.
        await placeByTicket(page, 'INSIDE');
        await page.locator(`.is-placed`).getByText('INSIDE').waitFor();
        assert.equal(await page.locator('.placed-where').innerText(), '');
      });
    }));
}

for (const how of ['mouse', 'keys']) {
  test(`what a search leaves out that is not applied yet is said, by ${how}`,
    withDesk({}, { expected: [/status of 503/] }, async (world, desk) => {
      const demo = await world.token('demo');
      const [busy] = await place(demo, many(3));
      const page = await desk.login('demo', { realtime: false });
      await page.route(/api.data.*format=datatables/, (route) => route.fulfill(
        { status: 503, contentType: 'application/problem+json',
          body: JSON.stringify({ title: 'Not now', status: 503 }) }));
      await withTraffic(demo, [busy.id], async () => {
        if (how === 'mouse') await page.locator('#orders-search').click();
        else await page.keyboard.press('/');
        await page.keyboard.type('INS');
        await page.locator('.orders.is-unapplied').waitFor();
        await page.locator('#orders-title').click();
        await placeByTicket(page, 'MINE');
        await said(page, 'It is not among those searched or filtered for.');
        await PRESS[how](page);
        await page.locator('#history[open]').waitFor();
        await page.keyboard.press('Escape');
        const isLookedAt = page.waitForResponse(/api.data.*[?&]id=/);
        await placeByTicket(page, 'INSIDE');
        await isLookedAt;
        assert.equal(await page.locator('.placed-where').innerText(), '');
      });
    }));
}

test('staff’s filters leave it out likewise', withDesk({}, {},
  async (world, desk) => {
    const demo = await world.token('demo');
    await place(demo, many(1));
    const page = await desk.at(`${ADMIN}?owner=demo`, 'boss');
    await loaded(page);
    await placeByTicket(page, 'MINE');
    await said(page, 'It is not among those searched or filtered for.');
  }));
