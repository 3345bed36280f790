// The grid of orders: pages, counts, search, order, and what users may type.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { UNREACHABLE, assertFits, byId, cell, closeBrowser, coloured, eventsOf,
         idsOf, info, loaded, many, openBrowser, place, row, rowsOf, search,
         state, withDesk } from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

const header = (page, title) =>
  page.locator('#orders thead th', { hasText: title });

test('118 orders: exact counts, pages, a length that is remembered',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    await place(await world.token('other'), many(3));
    await place(demo, many(118));
    const page = await desk.login();
    await byId(page, 'orders-table').waitFor();
    await byId(page, 'monitor-table').waitFor();
    await info(page, '1–25 of 118');
    assert.equal(await rowsOf(page).count(), 25);
    await page.locator('.dt-paging').getByText('5', { exact: true }).click();
    await info(page, '101–118 of 118');
    assert.equal(await rowsOf(page).count(), 18);

    await page.selectOption('.dt-length select', '50');
    await page.locator('.dt-paging').getByText('1', { exact: true }).click();
    await info(page, '1–50 of 118');
    assert.equal(await rowsOf(page).count(), 50);
    await page.reload();
    await info(page, '1–50 of 118');
  }));

test('a search finds what contains it, whatever its case and letters',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    await place(demo, many(117));
    await demo.order({ instrument: 'Über-Straße 東京', price: '1000.25' });
    const page = await desk.login();
    for (const text of ['STRASSE', 'über', '東京', '1000.25', '  straße ']) {
      await search(page, text);
      await info(page, '1–1 of 1 (118 in all)');
      await rowsOf(page).first().filter({ hasText: 'Über-Straße 東京' })
        .waitFor();
      await byId(page, 'orders-search').press('Escape');
      await info(page, '1–25 of 118');
      assert.equal(await byId(page, 'orders-search').inputValue(), '');
    }
    await search(page, '%');
    await info(page, 'None of 118');
    await page.getByText('No order matches the search.').waitFor();
    await page.locator('#orders-search-clear').click();
    await info(page, '1–25 of 118');
  }));

test('a search finds what is shown, copied from the grid itself',
  withDesk({}, { locale: 'de-DE' }, async (world, desk) => {
    const demo = await world.token('demo');
    const boss = await world.token('boss');
    await place(demo, many(20));
    const order = await demo.order({ instrument: 'EDF Spread', side: 'buy',
      quantity: '12345', price: '-1338.67' });
    await boss.patch(`/api/data/${order.id}/`, { status: 'partially_filled',
      filled_quantity: '45', average_price: '-1338.67' });
    const page = await desk.login();
    const cells = await row(page, order.id).locator('td').allInnerTexts();
    // Behind the box, and before a time, which is shown in another way.
    const texts = cells.slice(1, -1).filter((text) => text !== String(order.id))
      .map((text) => text.replace(/^\+/, '').trim());
    assert.ok(texts.includes('\u22121.338,67'), texts.join('|'));
    for (const text of [...texts, `"${texts.find((one) => / f/.test(one))}"`,
                        'edf buy', '"edf spread"', 'spread !sell',
                        '-1.338,67 partially filled']) {
      await search(page, text);
      await row(page, order.id).waitFor();
    }
    await search(page, '!"partially filled"');
    await info(page, '1–20 of 20 (21 in all)');
  }));

test('prices sort as numbers', withDesk({}, {}, async (world, desk) => {
  const demo = await world.token('demo');
  const prices = ['10', '9', '-2.5', '1000', '0.00000001', '-10', '9.5', '0'];
  await place(demo, prices.map((price) => many(1, { price })[0]));
  const page = await desk.login();
  const sorted = [...prices].sort((a, b) => a - b);
  const shown = (expected) => page.waitForFunction((texts) => {
    const cells = [...document.querySelectorAll('#orders td.col-price')];
    return cells.map(({ textContent }) => textContent
      .replace('\u2212', '-').replace(',', '')).join() === texts.join();
  }, expected);

  await header(page, 'Price').click();
  await shown(sorted);
  assert.equal(await header(page, 'Price').getAttribute('aria-sort'),
               'ascending');
  await header(page, 'Price').click();
  await shown([...sorted].reverse());
}));

test('what users type stays text, and never breaks the layout',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const nasty = ['<img src=x onerror="window.hit=1">', '"><script>window' +
      '.hit=1</script>', '{{username}}', "'`--&amp;", '</td></tr></table>',
      'L'.repeat(255), 'ימין לשמאל right to left', '🜚'.repeat(60)];
    await place(demo, nasty.map((instrument) => (
      { ...many(1)[0], instrument })));
    const page = await desk.login();
    const made = await place(demo, nasty.map((instrument) => (
      { ...many(1)[0], instrument, quantity: '92233720368.54775807',
        price: '-92233720368.54775807' })));
    await info(page, '1–16 of 16');
    for (const [i, { id }] of made.entries()) {
      await coloured(page, id, 'new');
      assert.equal(await cell(page, id, 'instrument').textContent(), nasty[i]);
      const event = eventsOf(page).filter(
        { has: page.getByText(String(id), { exact: true }) });
      assert.equal(await event.locator('.col-instrument').textContent(),
                   nasty[i]);
    }
    assert.equal(await page.locator('.panel img, .panel script').count(), 0);
    assert.equal(await page.evaluate(() => window.hit), undefined);
    await assertFits(page);
    // A number is never cut: what is left of it would be another number.
    assert.deepEqual(await page.locator('#orders td').evaluateAll((cells) =>
      cells.filter((one) => one.matches('.col-quantity, .col-price') &&
        one.scrollWidth > one.clientWidth).map((one) => one.textContent)), []);
  }));

test('the keys: search, rows, Realtime, the list of keys',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    await place(demo, many(30));
    const page = await desk.login();
    const focused = (id) => page.locator(`#${id}:focus`).waitFor();
    const [first, second] = await idsOf(page);

    await page.locator('body').press('/');
    await focused('orders-search');
    await page.keyboard.press('ArrowDown');
    await focused(`order-${first}`);
    await page.keyboard.press('ArrowDown');
    await focused(`order-${second}`);
    // It stays on its order, whatever comes.
    await demo.order();
    await byId(page, 'rows-waiting').getByText('1 new order').waitFor();
    await focused(`order-${second}`);
    await byId(page, 'rows-waiting').click();
    await info(page, '1–25 of 31');
    assert.equal(await row(page, second).getAttribute('aria-selected'), 'true');
    await page.keyboard.press('r');
    await page.locator('#realtime[aria-pressed=false]').waitFor();
    await page.keyboard.press('?');
    await page.locator('#help[open]').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('#help:not([open])').waitFor({ state: 'attached' });
  }));

test('theme and density are remembered', withDesk({}, {},
  async (world, desk) => {
    const page = await desk.login();
    await place(await world.token('demo'), many(2));
    await byId(page, 'user-menu').click();
    await page.getByLabel('Dark').check();
    await page.getByLabel('Compact').check();
    await page.reload();
    await loaded(page);
    assert.deepEqual(await page.evaluate(() => (
      { ...document.documentElement.dataset })),
                     { theme: 'dark', density: 'compact' });
    await info(page, '1–2 of 2');
    assert.equal(await rowsOf(page).first().evaluate((one) =>
      one.getBoundingClientRect().height), 22);
  }));

test('on a narrow screen the rest of a row is folded under it',
  withDesk({}, { viewport: { width: 390, height: 844 },
                 expected: UNREACHABLE },
    async (world, desk) => {
      const demo = await world.token('demo');
      await place(demo, many(30, { instrument: 'W'.repeat(255),
                                   price: '-12345678.12345678' }));
      const page = await desk.login();
      const [id] = await idsOf(page);
      await page.locator('#monitor-toggle').click();
      await row(page, id).locator('.fold').click();
      const detail = page.locator('.row-detail');
      await detail.filter({ hasText: /Status\s*new/ }).waitFor();
      // It stays open, and follows.
      await demo.patch(`/api/data/${id}/`, { status: 'canceled' });
      await detail.filter({ hasText: /Status\s*canceled/ }).waitFor();
      const order = await demo.order();
      await row(page, order.id).waitFor();
      await detail.waitFor();
      await assertFits(page);
      // The state of the line is said in full.
      await world.stopDaemon();
      await state(page, 'offline');
      assert.ok(await page.locator('.connection-word').evaluate((word) =>
        word.scrollWidth <= word.clientWidth));
      await assertFits(page);
    }));
