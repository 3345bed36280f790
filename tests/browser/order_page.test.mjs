// One order at an address of its own.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { byId, closeBrowser, idsOf, openBrowser, rowsOf, withDesk }
  from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

const MISSING = [/status of 404/];
const path = (page) => page.locator('#order-path .pill').allInnerTexts();
const state = (page, text) => page.locator('#order-state .pill')
  .getByText(text, { exact: true }).waitFor();
const live = (page) => byId(page, 'order-live')
  .getByText('live', { exact: true }).waitFor();
const facts = (page) => page.locator('#order-facts').innerText();

test('its states, what was done and by whom; it follows the order',
  withDesk({}, { expected: MISSING }, async (world, desk) => {
    const boss = await world.token('boss');
    const demo = await world.token('demo');
    const { id } = await demo.order({ price: '338.67',
                                      client_order_id: 'mine-1' });
    await demo.patch(`/api/data/${id}/`, { quantity: '120' });
    await boss.patch(`/api/data/${id}/`, { status: 'partially_filled',
      filled_quantity: '30', average_price: '338.6' });
    const page = await desk.at(`/orders/${id}/`, 'demo');
    await state(page, 'partially filled');
    assert.match(await page.title(), /^Order 1 /);
    assert.deepEqual(await path(page), ['new', 'partially filled']);
    assert.match(await page.locator('#order-path li').last().innerText(),
                 /30\s*by staff/);
    const words = (await facts(page)).replaceAll(/\s+/g, ' ');
    assert.match(words, /Instrument EDF01 Side Buy Quantity 120 Price 338\.67/);
    assert.match(words, /Filled 30 Average price 338\.6 Client id mine-1/);
    assert.doesNotMatch(words, /Owner/);
    assert.equal(await page.locator('#history-list > li').count(), 3);
    await live(page);
    await boss.patch(`/api/data/${id}/`, { status: 'filled',
                                           filled_quantity: '120' });
    await state(page, 'filled');
    assert.deepEqual(await path(page), ['new', 'partially filled', 'filled']);
    await boss.delete(`/api/data/${id}/`);
    await state(page, 'removed');
    assert.deepEqual(await path(page),
                     ['new', 'partially filled', 'filled', 'removed']);
    assert.equal(await page.locator('#order-in-list').isHidden(), true);
    await page.reload();
    await state(page, 'removed');
  }));

test('the history leads there, and back; another\'s is as good as none',
  withDesk({}, { expected: MISSING }, async (world, desk) => {
    const demo = await world.token('demo');
    const other = await world.token('other');
    await demo.order();
    await demo.order({ instrument: 'EDF11', quantity: '1' });
    const theirs = await other.order();
    const page = await desk.at('/', 'demo');
    await rowsOf(page).last().click();
    await page.keyboard.press('h');
    await byId(page, 'history-page').click();
    await state(page, 'new');
    await page.getByText('Show in the list').click();
    // Itself, and none that only has its number somewhere.
    await rowsOf(page).first().waitFor();
    assert.deepEqual(await idsOf(page), [1]);
    await page.goto(`/orders/${theirs.id}/`);
    await byId(page, 'order-missing').getByText('You have no order 3: there is none')
      .waitFor();
    assert.equal(await page.locator('#order').isHidden(), true);
    const answer = await page.goto('/orders/0/');
    assert.equal(answer.status(), 404);
  }));

// What can be done there next.
const ways = (page) => byId(page, 'order-missing').locator('a')
  .filter({ visible: true }).allInnerTexts();

test('where there is no such order, it is said, and there are ways on',
  withDesk({}, { expected: MISSING }, async (world, desk) => {
    const demo = await world.token('demo');
    const { id } = await demo.order();
    const page = await desk.at('/orders/99/', 'demo');
    await byId(page, 'order-missing').waitFor();
    assert.equal(await byId(page, 'error-bar').isVisible(), false);
    assert.deepEqual(await ways(page), ['Go to your orders']);
    await page.getByLabel('Search your orders').fill('EDF');
    await page.keyboard.press('Enter');
    await page.locator(`#order-${id}`).waitFor();
    assert.match(page.url(), /\/\?search=EDF$/);
    assert.equal(await byId(page, 'orders-search').inputValue(), 'EDF');
    await page.goto('/orders/99/');
    await page.getByText('Go to your orders').click();
    await page.locator(`#order-${id}`).waitFor();
  }));

test('staff are told that there is none at all, and led to everybody\'s',
  withDesk({}, { expected: MISSING }, async (world, desk) => {
    const page = await desk.at('/orders/99/', 'boss');
    await page.getByText('There is no order 99.').waitFor();
    assert.deepEqual(await ways(page),
                     ['Go to your orders', 'Go to everybody’s orders']);
    await page.getByText('Go to everybody’s orders').click();
    await page.waitForURL('**/admin/orders/**');
  }));

test('a history that is not there offers none; one that fails, to try again',
  withDesk({}, { expected: [/status of (404|503)/] }, async (world, desk) => {
    const demo = await world.token('demo');
    const { id } = await demo.order();
    const page = await desk.at('/?history=99', 'demo');
    const error = page.locator('#history-error');
    const more = page.locator('#history-more');
    await error.filter({ hasText: 'there is no order 99' }).waitFor();
    assert.equal(await more.isVisible(), false);
    const url = `**/api/data/${id}/history/`;
    await page.route(url, (route) => route.fulfill({ status: 503, body: '{}' }));
    await page.goto(`/?history=${id}`);
    await error.filter({ hasText: 'could not be loaded' }).waitFor();
    await page.unroute(url);
    await more.getByText('Try again').click();
    await page.locator('#history-list > li').waitFor();
    assert.equal(await more.isVisible(), false);
  }));

test('staff see anybody\'s, with its owner, and follow it',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const { id } = await demo.order();
    const page = await desk.at(`/orders/${id}/`, 'boss');
    await state(page, 'new');
    assert.match(await facts(page), /Owner\s+demo/);
    await live(page);
    await demo.patch(`/api/data/${id}/`, { status: 'canceled' });
    await state(page, 'canceled');
    assert.match(await page.locator('#order-path li').last().innerText(),
                 /by demo/);
  }));

test('of many changes the newest are shown, and the older ones asked for',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const { id } = await demo.order({ price: '1' });
    for (let i = 2; i <= 105; i++)
      await demo.patch(`/api/data/${id}/`, { price: String(i) });
    const page = await desk.at(`/orders/${id}/`, 'demo');
    await state(page, 'new');
    assert.equal(await page.locator('#history-list > li').count(), 100);
    await page.getByText('earlier states').waitFor();
    await page.locator('#history-more').click();
    await page.waitForFunction(() =>
      document.querySelectorAll('#history-list > li').length === 105);
    assert.deepEqual(await path(page), ['new']);
    assert.equal(await page.locator('#history-more').isHidden(), true);
  }));

test('on a phone no word of the history is broken', withDesk({},
  { viewport: { width: 390, height: 844 } }, async (world, desk) => {
    const demo = await world.token('demo');
    const { id } = await demo.order();
    await demo.patch(`/api/data/${id}/`, { price: '7' });
    const page = await desk.at(`/orders/${id}/`, 'demo');
    const word = page.locator('#history-list strong').first();
    await word.filter({ hasText: 'changed' }).waitFor();
    const { height, line } = await word.evaluate((one) => ({
      height: one.offsetHeight,
      line: parseFloat(getComputedStyle(one).lineHeight) }));
    assert.ok(height < 1.5 * line, `${height} of ${line}`);
  }));
