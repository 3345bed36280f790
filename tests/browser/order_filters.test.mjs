// Filters of one's own orders: of each kind, live, in the address, and told.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { byId, closeBrowser, idsOf, info, loaded, many, openBrowser, place, row,
         search, state, withDesk } from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

const filtered = (page, text) => byId(page, 'filtered-words')
  .getByText(text, { exact: true }).waitFor();
const status = (page, name) =>
  page.locator(`#filters [name=status][value=${name}]`);

async function seed(world) {
  const boss = await world.token('boss');
  const demo = await world.token('demo');
  const made = await place(demo, many(40));
  await place(demo, many(3, { instrument: 'SOLD', side: 'sell',
                              quantity: '1000', price: '-2.5' }));
  await boss.patch(`/api/data/${made[0].id}/`, { status: 'rejected' });
  await demo.patch(`/api/data/${made[1].id}/`, { status: 'canceled' });
  return { boss, demo, made };
}

const opened = async (page) => {
  await page.keyboard.press('f');
  await byId(page, 'filter-instrument').waitFor();
};

test('one order by its id; Esc leaves a filter as it is, and keys mean actions',
  withDesk({}, {}, async (world, desk) => {
    const { demo, made } = await seed(world);
    const page = await desk.login();
    await opened(page);
    await byId(page, 'filters-more').click();
    await byId(page, 'filter-order').fill(String(made[3].id));
    await filtered(page, '1 of 43 shown');
    assert.deepEqual(await idsOf(page), [made[3].id]);
    await demo.patch(`/api/data/${made[3].id}/`, { price: '77' });
    await row(page, made[3].id).filter({ hasText: '77' }).waitFor();
    await page.keyboard.press('Escape');
    assert.equal(await byId(page, 'filter-order').inputValue(),
                 String(made[3].id));
    await page.keyboard.press('n');
    await page.locator('#ticket[open]').waitFor();
  }));

test('text, side, several states, ranges and days: counted, live, in the address',
  withDesk({}, {}, async (world, desk) => {
    const { demo, boss, made } = await seed(world);
    const page = await desk.login();
    assert.equal(await page.locator('#filters').isVisible(), false);
    await opened(page);
    assert.equal(await byId(page, 'filter-instrument').evaluate((one) =>
      one === document.activeElement), true);
    await page.keyboard.type('sold');
    await filtered(page, '3 of 43 shown');
    await info(page, '1–3 of 3 (43 in all)');
    // What comes to match comes, and what does not is not there.
    const { id } = await demo.order({ instrument: 'RESOLD' });
    await row(page, id).waitFor();
    await filtered(page, '4 of 44 shown');
    await demo.patch(`/api/data/${id}/`, { instrument: 'BOUGHT' });
    await filtered(page, '3 of 44 shown');
    await row(page, id).waitFor({ state: 'detached' });
    await byId(page, 'filtered-clear').click();
    await info(page, '1–25 of 44');
    assert.equal(await page.locator('#filtered').isVisible(), false);

    await byId(page, 'filter-status').click();
    await status(page, 'rejected').check();
    await status(page, 'canceled').check();
    await filtered(page, '2 of 44 shown');
    assert.deepEqual(await idsOf(page), [made[1].id, made[0].id]);
    await page.locator('.choices-words').getByText('rejected')
      .waitFor();
    assert.match(page.url(), /status=canceled%2Crejected/);
    await boss.patch(`/api/data/${made[2].id}/`, { status: 'rejected' });
    await filtered(page, '3 of 44 shown');
    await page.reload();
    await filtered(page, '3 of 44 shown');
    assert.equal(await status(page, 'canceled').isChecked(), true);
    assert.equal(await status(page, 'new').isChecked(), false);
    await page.keyboard.press('Escape');
    await byId(page, 'filters-clear').click();

    await byId(page, 'filters-more').click();
    await byId(page, 'filter-quantity-from').fill('39');
    await filtered(page, '6 of 44 shown');
    await byId(page, 'filter-quantity-to').fill('1,000');
    await byId(page, 'filter-price-to').fill('0');
    await filtered(page, '3 of 44 shown');
    assert.match(page.url(), /quantity_to=1000/);
    // A number that can't be read is told, and filters nothing.
    await byId(page, 'filter-price-to').fill('1e3');
    await page.locator('.filters-fault').filter({ hasText: 'Price to' })
      .waitFor();
    assert.equal(await byId(page, 'filter-price-to')
      .getAttribute('aria-invalid'), 'true');
    await filtered(page, '6 of 44 shown');
    await search(page, 'INS39');
    await filtered(page, '1 of 44 shown');
    await byId(page, 'filtered-clear').click();
    await info(page, '1–25 of 44');
    assert.equal(await byId(page, 'orders-search').inputValue(), '');

    await byId(page, 'filter-day').selectOption('yesterday');
    await filtered(page, '0 of 44 shown');
    assert.equal(await byId(page, 'filter-since').isDisabled(), true);
    await byId(page, 'filter-day').selectOption('today');
    await filtered(page, '44 shown');
    await page.goBack();
    await filtered(page, '0 of 44 shown');
    assert.equal(await byId(page, 'filter-day').inputValue(), 'yesterday');
  }));

test('without a socket the same rows are read by requests',
  withDesk({}, {}, async (world, desk) => {
    await seed(world);
    const page = await desk.login('demo', { realtime: false });
    await opened(page);
    await byId(page, 'filter-side').selectOption('sell');
    await filtered(page, '3 of 43 shown');
    await status(page, 'new').evaluate((one) => one.click());
    await filtered(page, '3 of 43 shown');
    await status(page, 'new').evaluate((one) => one.click());
    await status(page, 'filled').evaluate((one) => one.click());
    await filtered(page, '0 of 43 shown');
  }));

// What is sent from now on, and the clock a day on when it is told to be.
function prepare() {
  const { setTimeout } = window;
  const { send } = WebSocket.prototype;
  window.sent = [];
  window.setTimeout = (act, ...rest) => {
    if (String(act).includes('awaitMidnight')) window.midnight = act;
    return setTimeout(act, ...rest);
  };
  WebSocket.prototype.send = function kept(text) {
    window.sent.push(JSON.parse(text));
    send.call(this, text);
  };
  window.nextDay = () => {
    const Now = Date;
    window.Date = class extends Now {
      constructor(...args) {
        super(...args.length ? args : [Now.now() + 86400000]);
      }
    };
    window.midnight();
  };
}

test('today is a day of the zone of the one who looks, and another one tomorrow',
  withDesk({}, { timezoneId: 'Asia/Kolkata' }, async (world, desk) => {
    await desk.context.addInitScript(prepare);
    await place(await world.token('demo'), many(2));
    const page = await desk.at('/', 'demo');
    await loaded(page);
    await state(page, 'live');
    await opened(page);
    await byId(page, 'filter-day').selectOption('today');
    await filtered(page, '2 shown');
    const bounds = () => page.evaluate(() => {
      const { params } = window.sent.filter((one) => one.params).at(-1);
      return [params.updated__gte, params.updated__lte];
    });
    const [from, to] = await bounds();
    assert.match(from, /T18:30:00\.000Z$/);
    assert.match(to, /T18:29:59\.999999Z$/);
    assert.equal(Date.parse(to.replace('999999', '999')) - Date.parse(from),
                 86399999);
    await page.evaluate(() => window.nextDay());
    await filtered(page, '0 of 2 shown');
    assert.equal(Date.parse((await bounds())[0]) - Date.parse(from), 86400000);
    // The address and a layout have the word.
    assert.match(page.url(), /day=today/);
  }));

test('on a phone filters fit, and are closed until they are asked for',
  withDesk({}, { viewport: { width: 390, height: 844 } },
    async (world, desk) => {
      await seed(world);
      const page = await desk.login();
      await byId(page, 'filters-toggle').click();
      await byId(page, 'filters-more').click();
      assert.ok(await page.evaluate(() =>
        document.documentElement.scrollWidth <= innerWidth));
      await byId(page, 'filter-side').selectOption('sell');
      await filtered(page, '3 of 43 shown');
      await byId(page, 'filters-toggle').click();
      assert.equal(await page.locator('#filters').isVisible(), false);
      await byId(page, 'filters-toggle').getByText('Filters (1)').waitFor();
      await filtered(page, '3 of 43 shown');
    }));
