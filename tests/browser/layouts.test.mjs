// Columns by mouse and by keys, and the layouts that they are kept in: on the
// server, for the user, in every browser.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { Desk, byId, cell, closeBrowser, idsOf, info, loaded, many, openBrowser,
         place, row, rowsOf, state, withDesk } from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

const WIDE = { viewport: { width: 1440, height: 900 } };
const head = (page, name) => page.locator(`#orders th.col-${name}`);
const heads = (page) => page.locator('#orders thead th').evaluateAll((all) =>
  all.map(({ className }) => /col-(\w+)/.exec(className)[1]));
// Of a row, too: what stands below a head is its own.
const cells = (page, id) => row(page, id).locator('> td').evaluateAll((all) =>
  all.map(({ className }) => /col-(\w+)/.exec(className)[1]));
const widthOf = (page, name) => head(page, name).evaluate((one) =>
  Math.round(one.getBoundingClientRect().width));
const item = (page, name) => page.locator(`#columns-list [data-name=${name}]`);
const box = (page, name) => item(page, name).locator('[type=checkbox]');
const layoutSaid = (page, text) => byId(page, 'layout-said')
  .filter({ hasText: text }).waitFor();
const kept = async (session, name) =>
  (await session.get(`/api/me/layouts/${name}/`)).body;

async function opened(page) {
  await page.keyboard.press('l');
  await page.locator('#columns[open]').waitFor();
}

const closed = (page) => page.keyboard.press('Escape');

async function saveAs(page, name) {
  await byId(page, 'layout-name').fill(name);
  await page.keyboard.press('Enter');
  await layoutSaid(page, 'is saved');
}

async function dragTo(page, from, to) {
  const [a, b] = [await from.boundingBox(), await to.boundingBox()];
  await page.mouse.move(a.x + a.width / 2, a.y + a.height / 2);
  await page.mouse.down();
  await page.mouse.move(b.x + b.width - 4, b.y + b.height / 2, { steps: 5 });
  await page.mouse.up();
}

const PAGES = [['/', 'price', 'side'], ['/admin/orders/', 'price', 'owner']];

for (const [path, moved, target] of PAGES) {
  test(`${path}: heads are moved and sized by the mouse, and nothing is sorted`,
    withDesk({}, WIDE, async (world, desk) => {
      const boss = await world.token('boss');
      const [order] = await place(boss, many(5));
      const page = await desk.at(path, 'boss');
      await loaded(page);
      await state(page, 'live');
      const before = await heads(page);
      await dragTo(page, head(page, moved), head(page, target));
      const now = await heads(page);
      assert.notDeepEqual(now, before);
      assert.equal(now.indexOf(moved), now.indexOf(target) + 1);
      assert.deepEqual(await cells(page, order.id), now);
      assert.equal(await head(page, moved).getAttribute('aria-sort'), null);
      // A row that comes later stands as the others do.
      const { id } = await boss.order({ instrument: 'LATER' });
      await row(page, id).waitFor();
      assert.deepEqual(await cells(page, id), now);
      assert.equal(await cell(page, id, 'instrument').innerText(), 'LATER');
      // A wider one takes no room from the others.
      const [wide, other] =
        [await widthOf(page, moved), await widthOf(page, 'instrument')];
      const grip = await head(page, moved).locator('.column-grip').boundingBox();
      await page.mouse.move(grip.x + 4, grip.y + 8);
      await page.mouse.down();
      await page.mouse.move(grip.x + 64, grip.y + 8, { steps: 4 });
      await page.mouse.up();
      assert.equal(await widthOf(page, moved), wide + 60);
      assert.equal(await widthOf(page, 'instrument'), other);
      // A draw has them as they are; a head that is clicked is sorted by.
      await head(page, moved).click();
      await page.locator(`#orders th.col-${moved}[aria-sort=ascending]`)
        .waitFor();
      assert.deepEqual(await cells(page, order.id), now);
      assert.equal(await widthOf(page, moved), wide + 60);
      // And so does the page when it is loaded again.
      await page.reload();
      await loaded(page);
      assert.deepEqual(await heads(page), now);
      assert.equal(await widthOf(page, moved), wide + 60);
      await head(page, moved).locator('.column-grip').dblclick();
      assert.notEqual(await widthOf(page, moved), wide + 60);
    }));

  test(`${path}: by keys, on the head and in the panel`,
    withDesk({}, WIDE, async (world, desk) => {
      const boss = await world.token('boss');
      const [order] = await place(boss, many(3));
      const page = await desk.at(path, 'boss');
      await loaded(page);
      const sorter = head(page, moved).locator('.dt-column-order');
      await sorter.focus();
      const before = await heads(page);
      const at = before.indexOf(moved);
      await page.keyboard.press('Shift+ArrowLeft');
      assert.equal((await heads(page)).indexOf(moved), at - 1);
      await page.locator('#announcer')
        .filter({ hasText: `Price is column` }).waitFor({ state: 'attached' });
      // It has the focus still.
      await page.keyboard.press('Shift+ArrowRight');
      assert.deepEqual(await heads(page), before);
      const wide = await widthOf(page, moved);
      await page.keyboard.press('Control+ArrowRight');
      assert.equal(await widthOf(page, moved), wide + 10);

      await opened(page);
      // Each of the order's fields is there.
      for (const name of ['id', 'instrument', 'side', 'quantity', 'price',
        'filled_quantity', 'remaining', 'average_price', 'status', 'updated',
        'fill', 'notional', 'age', 'created', 'client_order_id', 'version'])
        assert.equal(await item(page, name).count(), 1, name);
      await box(page, 'age').focus();
      await page.keyboard.press('Space');
      await cell(page, order.id, 'age').filter({ hasText: /^\d+ s$/ }).waitFor();
      assert.equal(await box(page, 'age').evaluate((one) =>
        one === document.activeElement), true);
      await box(page, 'side').press('Space');
      await head(page, 'side').waitFor({ state: 'detached' });
      const mover = item(page, 'age').locator('[data-part=left]');
      await mover.focus();
      const place_ = (await heads(page)).indexOf('age');
      await page.keyboard.press('Enter');
      await page.keyboard.press('Enter');
      await page.keyboard.press('Enter');
      assert.ok((await heads(page)).indexOf('age') < place_);
      assert.equal(await mover.evaluate((one) =>
        one === document.activeElement), true);
      await item(page, 'age').locator('[data-part=width]').fill('150');
      await page.keyboard.press('Enter');
      await page.waitForFunction(() => Math.round(document.querySelector(
        '#orders th.col-age').getBoundingClientRect().width) === 150);
      await closed(page);
      assert.deepEqual(await cells(page, order.id), await heads(page));
    }));
}

test('Tab goes through the cells of a row as they stand',
  withDesk({}, WIDE, async (world, desk) => {
    const [{ id }] = await place(await world.token('demo'), many(3));
    const page = await desk.at('/admin/orders/', 'boss');
    await loaded(page);
    await state(page, 'live');
    await head(page, 'status').locator('.dt-column-order').focus();
    for (let i = 0; i < 3; i++) await page.keyboard.press('Shift+ArrowLeft');
    await opened(page);
    await box(page, 'filled_quantity').uncheck();
    await closed(page);
    const order = (await heads(page)).filter((name) => ['owner', 'instrument',
      'side', 'quantity', 'price', 'status'].includes(name));
    assert.ok(order.indexOf('status') < order.indexOf('price'));
    await cell(page, id, order[0]).dblclick();
    const edited = () => page.locator('.cell-editor :is(input, select)')
      .evaluate((one) => one.getAttribute('aria-label'));
    const words = [];
    for (const name of order) {
      words.push([name, (await edited()).split(' ')[0].toLowerCase()]);
      await page.keyboard.press('Tab');
    }
    for (const [name, word] of words) assert.equal(word, name);
    await page.locator(`#order-${id}:focus`).waitFor();
  }));

test('what is pinned stays in sight, as the rest goes past below it',
  withDesk({}, { viewport: { width: 900, height: 700 } },
    async (world, desk) => {
      const demo = await world.token('demo');
      const [{ id }] = await place(demo, many(3));
      const page = await desk.login();
      await opened(page);
      for (const name of ['average_price', 'created', 'version', 'notional'])
        await box(page, name).check();
      await item(page, 'instrument').locator('[data-part=pin]').click();
      assert.equal(await item(page, 'instrument').locator('[data-part=pin]')
        .getAttribute('aria-pressed'), 'true');
      await closed(page);
      assert.deepEqual((await heads(page)).slice(0, 2), ['choose', 'instrument']);
      const scroller = page.locator('.dt-layout-table > .dt-layout-cell');
      const left = async (name) => Math.round(
        (await cell(page, id, name).boundingBox()).x);
      const [pinned, free] = [await left('instrument'), await left('version')];
      assert.ok(await scroller.evaluate((one) =>
        one.scrollWidth > one.clientWidth + 100));
      await scroller.evaluate((one) => one.scrollTo(100, 0));
      assert.equal(await left('instrument'), pinned);
      assert.equal(await left('version'), free - 100);
      // Nothing shines through, chosen or not.
      await row(page, id).click();
      const ground = await cell(page, id, 'instrument').evaluate((one) =>
        getComputedStyle(one).backgroundColor);
      assert.doesNotMatch(ground, /rgba\(.*, 0(\.\d+)?\)|transparent/);
    }));

test('a layout is kept on the server, and is what another browser begins with',
  withDesk({}, { ...WIDE, expected: [/status of 412/] }, async (world, desk) => {
    const demo = await world.token('demo');
    await place(demo, many(30));
    await place(demo, many(2, { side: 'sell', instrument: 'SOLD' }));
    const page = await desk.login();
    await head(page, 'price').click();
    await page.locator('#orders th.col-price[aria-sort=ascending]').waitFor();
    await page.keyboard.press('f');
    await byId(page, 'filter-side').selectOption('buy');
    await info(page, '1–25 of 30 (32 in all)');
    await page.locator('#orders').focus().catch(() => {});
    await page.locator('h1').click();
    await opened(page);
    await box(page, 'updated').uncheck();
    await box(page, 'notional').check();
    await saveAs(page, 'Scalping');
    await byId(page, 'layout-default').check();
    const { layout } = await kept(demo, 'Scalping');
    assert.deepEqual(layout.order, [{ column: 'price', dir: 'asc' }]);
    assert.deepEqual(layout.filters, { side: 'buy' });
    assert.equal(layout.columns.find(({ name }) => name === 'updated').visible,
                 false);
    assert.equal(layout.columns.find(({ name }) => name === 'price').visible,
                 undefined);
    await page.waitForFunction(async () => (await (await fetch(
      '/api/me/settings/')).json()).settings.layout === 'Scalping');

    const second = await Desk.open(world, WIDE);
    const other = await second.at('/', 'demo');
    await other.locator('#orders th.col-notional').waitFor();
    await info(other, '1–25 of 30 (32 in all)');
    assert.equal(await head(other, 'updated').count(), 0);
    assert.equal(await head(other, 'price').getAttribute('aria-sort'),
                 'ascending');
    assert.match(other.url(), /side=buy/);
    // An address that says more comes first; the columns are the layout's.
    await other.goto('/?side=sell');
    await info(other, '1–2 of 2 (32 in all)');
    await head(other, 'notional').waitFor();
    // What is changed is told to be, and saved under its name.
    await other.goto('/');
    await info(other, '1–25 of 30 (32 in all)');
    await opened(other);
    assert.equal(await byId(other, 'layout-save').isDisabled(), true);
    await box(other, 'side').uncheck();
    await other.locator('#layout-choice option:checked')
      .filter({ hasText: 'Scalping – changed' }).waitFor({ state: 'attached' });
    await byId(other, 'layout-save').click();
    await layoutSaid(other, 'is saved');
    const saved = await kept(demo, 'Scalping');
    assert.equal(saved.layout.columns.find(({ name }) => name === 'side').visible,
                 false);

    // The first browser has it as it was, and is told so.
    await box(page, 'id').uncheck();
    await byId(page, 'layout-save').click();
    await layoutSaid(page, 'Somebody has changed it in the meantime');
    assert.deepEqual(await kept(demo, 'Scalping'), saved);
    await second.close();
  }));

test('layouts are renamed, replaced and deleted, and all is reset',
  withDesk({}, { ...WIDE, expected: [/status of 400/] }, async (world, desk) => {
    const demo = await world.token('demo');
    await place(demo, many(3));
    const page = await desk.login();
    const before = await heads(page);
    await opened(page);
    await box(page, 'side').uncheck();
    await saveAs(page, 'One');
    await byId(page, 'layout-default').check();
    await byId(page, 'layout-name').fill('Two / 2');
    await byId(page, 'layout-rename').click();
    await layoutSaid(page, 'must not contain /');
    await byId(page, 'layout-name').fill('Zwei & 2');
    await byId(page, 'layout-rename').click();
    await layoutSaid(page, 'is called');
    const { results } = (await demo.get('/api/me/layouts/')).body;
    assert.deepEqual(results.map(({ name }) => name), ['Zwei & 2']);
    assert.equal(await byId(page, 'layout-default').isChecked(), true);
    await page.waitForFunction(async () => (await (await fetch(
      '/api/me/settings/')).json()).settings.layout === 'Zwei & 2');
    // A name that is taken is asked about.
    await box(page, 'id').uncheck();
    await byId(page, 'layout-name').fill('Zwei & 2');
    await page.keyboard.press('Enter');
    await byId(page, 'confirm-yes').filter({ hasText: 'Replace' }).click();
    await layoutSaid(page, 'is saved');
    // Reset shows all as the page has it; what has a name can be had again.
    await byId(page, 'layout-reset').click();
    await layoutSaid(page, 'Back to the built-in layout');
    assert.deepEqual(await heads(page), before);
    await byId(page, 'layout-choice').selectOption('own:Zwei & 2');
    await head(page, 'id').waitFor({ state: 'detached' });
    // What is not saved does not go without a word.
    await box(page, 'price').uncheck();
    await byId(page, 'layout-reset').click();
    await page.locator('#confirm[open]').waitFor();
    await page.keyboard.press('Escape');
    assert.equal(await head(page, 'price').count(), 0);
    await byId(page, 'layout-remove').click();
    await byId(page, 'confirm-yes').filter({ hasText: 'Delete' }).click();
    await layoutSaid(page, 'is deleted');
    assert.equal((await demo.get('/api/me/layouts/')).body.count, 0);
    await page.waitForFunction(async () => (await (await fetch(
      '/api/me/settings/')).json()).settings.layout === undefined);
  }));

test('staff share layouts; who has chosen none begins with the shared Default',
  withDesk({}, WIDE, async (world, desk) => {
    await place(await world.token('demo'), many(3));
    const page = await desk.at('/', 'boss');
    await loaded(page);
    await opened(page);
    await box(page, 'side').uncheck();
    await byId(page, 'layout-shared').check();
    await saveAs(page, 'Default');
    const second = await Desk.open(world, WIDE);
    const other = await second.at('/', 'demo');
    await head(other, 'side').waitFor({ state: 'detached' });
    await opened(other);
    await other.locator('#layout-choice option:checked')
      .filter({ hasText: 'Default (shared)' }).waitFor({ state: 'attached' });
    // It is not theirs to change, but to save under a name of their own.
    assert.equal(await byId(other, 'layout-shared').isVisible(), false);
    assert.equal(await byId(other, 'layout-remove').isDisabled(), true);
    await box(other, 'side').check();
    assert.equal(await byId(other, 'layout-save').isDisabled(), true);
    await saveAs(other, 'Mine');
    await byId(other, 'layout-default').check();
    await second.close();
    const third = await Desk.open(world, WIDE);
    const again = await third.at('/', 'demo');
    await again.waitForFunction(() => Object.entries(localStorage).some(
      ([name, value]) => name.endsWith('layout.orders') &&
        JSON.parse(value).name === 'Mine'));
    await head(again, 'side').waitFor();
    await third.close();
  }));

test('on a phone columns are chosen too, and what has no room is in the details',
  withDesk({}, { viewport: { width: 390, height: 844 } },
    async (world, desk) => {
      const [{ id }] = await place(await world.token('demo'), many(3));
      const page = await desk.login();
      const before = await heads(page);
      await byId(page, 'columns-open').click();
      await page.locator('#columns[open]').waitFor();
      await page.getByText('On a screen this narrow').waitFor();
      await box(page, 'side').uncheck();
      await box(page, 'created').check();
      await item(page, 'price').locator('[data-part=left]').click();
      const wide = await page.locator('#columns').evaluate((one) =>
        [one.scrollWidth, one.clientWidth]);
      assert.ok(wide[0] <= wide[1], String(wide));
      await page.locator('#columns [data-close]').click();
      assert.deepEqual(before,
        ['choose', 'instrument', 'side', 'quantity', 'price']);
      assert.deepEqual(await heads(page),
        ['choose', 'instrument', 'price', 'quantity']);
      assert.deepEqual(await cells(page, id), await heads(page));
      await row(page, id).locator('.fold').click();
      await page.locator('.row-detail').getByText('Created').waitFor();
      assert.ok(await page.evaluate(() =>
        document.documentElement.scrollWidth <= innerWidth));
      assert.equal((await idsOf(page)).length, await rowsOf(page).count());
    }));
