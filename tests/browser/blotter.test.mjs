// A grid that is used while 200 changes a second arrive: it asks for nothing by
// requests, loses no click, moves no choice, and shows in the end what a fresh
// draw has.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { byId, cell, closeBrowser, idsOf, loaded, many, openBrowser, place, row,
         rowsOf, said, search, state, withDesk }
  from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

const A_SECOND = 200;
const head = (page, name) => page.locator('#orders thead th', { hasText: name });
const selected = (page) => page.locator('#orders tr[aria-selected=true]')
  .evaluateAll((rows) => rows.map(({ id }) => Number(id.split('-')[1])));

// Changes of ids, now and then a new order, at a rate that does not wait for the
// answers; ends with body.
async function withStorm(session, ids, body) {
  const answers = [];
  let count = 0;
  const timer = setInterval(() => {
    const some = Array.from({ length: A_SECOND / 20 }, () =>
      ids[(count++ * 7) % ids.length]);
    answers.push(...some.map((id) => count % 25
      ? session.patch(`/api/data/${id}/`, { price: `${count % 90}.25` })
      : session.post('/api/data/', { instrument: `NEW${count}`, quantity: '1',
                                     price: '1' })));
  }, 50);
  try {
    await body();
  } finally {
    clearInterval(timer);
    for (const answer of await Promise.all(answers))
      assert.ok([200, 201].includes(answer.status), answer.text);
  }
}

// So many frames more have come.
async function frames(desk, page, count) {
  const heard = desk.heard.get(page);
  const before = heard.length;
  while (heard.length < before + count)
    await page.evaluate(() => new Promise(requestAnimationFrame));
}

// What the rows show, and what a draw of the same has.
async function assertDrawn(page, session, query) {
  const { body } = await session.get(`/api/data/?page_size=25&${query}`);
  await page.waitForFunction((wanted) => {
    const waits = document.querySelector('#rows-waiting');
    if (!waits.hidden) waits.click();
    return [...document.querySelectorAll('#orders > tbody > tr[id]')].map((one) =>
      [one.id, ...['.col-price', '.col-quantity'].map((name) => one
        .querySelector(name).textContent.replace(',', ''))].join(' ')).join() ===
      wanted;
  }, body.results.map(({ id, price, quantity }) =>
    `order-${id} ${price} ${quantity}`).join());
}

for (const [path, scope] of [['/', ''], ['/admin/orders/', '&scope=all']]) {
  test(`${path}: sorts, searches, chooses, edits and scrolls in a storm`,
    withDesk({}, { viewport: { width: 1280, height: 700 } },
      async (world, desk) => {
        const boss = await world.token('boss');
        const made = await place(boss, many(120));
        const [kept, ...busy] = made.map(({ id }) => id);
        const page = await desk.at(path, 'boss');
        await loaded(page);
        await state(page, 'live');
        const asked = [];
        page.on('request', (request) => {
          if (/\/api\/data\/(\?|$)/.test(new URL(request.url()).pathname +
            new URL(request.url()).search) && request.method() === 'GET' &&
            // What a ticket's quantity is held against is none of the rows.
            !request.url().includes('instrument='))
            asked.push(request.url());
        });
        await withStorm(boss, busy, async () => {
          // By price, where rows move all the time.
          await head(page, 'Price').click();
          await page.locator('th[aria-sort=ascending]', { hasText: 'Price' })
            .waitFor();
          await head(page, 'Price').click();
          await page.locator('th[aria-sort=descending]', { hasText: 'Price' })
            .waitFor();
          // Each row that is clicked is the one that is chosen, and stays.
          for (let i = 0; i < 6; i++) {
            const id = (await idsOf(page))[2 + i * 3];
            await row(page, id).locator('.col-instrument').click();
            assert.deepEqual(await selected(page), [id]);
            const before = await idsOf(page);
            await frames(desk, page, 20);
            assert.deepEqual(await selected(page), [id]);
            assert.deepEqual(await idsOf(page), before);
            await page.keyboard.press('Escape');
          }
          // Typed a letter at a time, and cleared.
          await byId(page, 'orders-search').pressSequentially('INS11');
          await page.locator('.dt-info').filter({ hasText: '1–11 of 11' })
            .waitFor();
          await rowsOf(page).first().filter({ hasText: 'INS11' }).waitFor();
          await page.keyboard.press('Escape');
          // Another page stays with its rows.
          await page.locator('.dt-paging').getByText('3', { exact: true })
            .click();
          await page.locator('.dt-paging .current').getByText('3').waitFor();
          const ids = await idsOf(page);
          await frames(desk, page, 60);
          assert.deepEqual(await idsOf(page), ids);
          // An order is changed meanwhile.
          await page.locator('.dt-paging').getByText('1', { exact: true })
            .click();
          await head(page, 'Id').first().click();
          await search(page, 'INS0');
          await row(page, kept).click();
          await page.keyboard.press('e');
          await page.locator('#ticket[open]').waitFor();
          await page.fill('#ticket-quantity', '9');
          await page.keyboard.press('Enter');
          await said(page, 'is saved');
          await cell(page, kept, 'quantity').filter({ hasText: /^9$/ })
            .waitFor();
          await page.keyboard.press('Escape');
          await search(page, '');
        });
        await page.locator('#orders-title').hover();
        await assertDrawn(page, boss, `ordering=id${scope}`);
        await head(page, 'Price').click();
        await page.locator('th[aria-sort=ascending]', { hasText: 'Price' })
          .waitFor();
        await assertDrawn(page, boss, `ordering=price${scope}`);
        assert.deepEqual(asked, []);
      }));
}
