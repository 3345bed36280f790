// Alerts: rules are made, kept for the user, and met once each; what was met is
// told, marked and logged.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { Desk, byId, cell, closeBrowser, loaded, many, openBrowser, place, row,
         state, withDesk } from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

const rules = (page) => byId(page, 'alert-rules').locator('li > span')
  .allInnerTexts();
const logged = (page) => byId(page, 'alert-log').locator('li > span')
  .allInnerTexts();
const count = (page, words) => byId(page, 'alerts-open')
  .and(page.getByText(words, { exact: true })).waitFor();

async function open(page) {
  await page.keyboard.press('a');
  await page.locator('#alerts[open]').waitFor();
}

test('a rule is made by keys, kept on the server, and met once',
  withDesk({}, {}, async (world, desk) => {
    const boss = await world.token('boss');
    const demo = await world.token('demo');
    const [{ id }, other] = await place(demo, many(5));
    const page = await desk.login();
    await open(page);
    await page.locator('#alert-kind').focus();
    await page.locator('#alert-kind').selectOption('over');
    await page.keyboard.press('Tab');
    await page.keyboard.type('ten');
    await page.keyboard.press('Enter');
    await page.locator('#alert-number-error').waitFor();
    await byId(page, 'alert-number').fill('1,000.5');
    await byId(page, 'alert-instrument').fill('INS0');
    await page.keyboard.press('Enter');
    await byId(page, 'alert-rules').getByText('INS0').waitFor();
    await byId(page, 'alert-kind').selectOption('status');
    await byId(page, 'alert-status').selectOption('rejected');
    await page.locator('#alert-new [type=submit]').click();
    await byId(page, 'alert-rules').getByText('rejected').waitFor();
    assert.deepEqual(await rules(page), [
      'INS0: price is 1,000.5 or over', 'Any order: becomes rejected']);
    await page.keyboard.press('Escape');
    await demo.patch(`/api/data/${id}/`, { price: '1000.5' });
    await count(page, 'Alerts (1)');
    // Beyond it already, and of another instrument: no news.
    await demo.patch(`/api/data/${id}/`, { price: '1001' });
    await demo.patch(`/api/data/${other.id}/`, { price: '1001' });
    await boss.patch(`/api/data/${other.id}/`, { status: 'rejected' });
    await count(page, 'Alerts (2)');
    // Both rows are marked, until the log has been looked at.
    const mark = () => cell(page, id, 'price').evaluate((one) =>
      getComputedStyle(one).boxShadow);
    await row(page, id).waitFor();
    assert.match(await mark(), /inset/);
    await open(page);
    assert.deepEqual(await logged(page), [
      `Order ${other.id} (Buy INS1): Any order: becomes rejected`,
      `Order ${id} (Buy INS0): INS0: price is 1,000.5 or over`]);
    await page.getByRole('button', { name: `Select order ${id}` }).click();
    await row(page, id).and(page.locator('[aria-selected=true]')).waitFor();
    await count(page, 'Alerts');
    assert.doesNotMatch(await mark(), /inset 0px 2px|2px 0px 0px inset/);

    // In another browser, too; and gone from both once it is removed.
    const second = await Desk.open(world);
    const there = await second.at('/', 'demo');
    await loaded(there);
    await state(there, 'live');
    await open(there);
    await byId(there, 'alert-rules').getByText('INS0').waitFor();
    const answer = there.waitForResponse((response) =>
      response.request().method() === 'PATCH');
    await there.getByLabel('Remove: INS0: price is 1,000.5 or over').click();
    await answer;
    assert.deepEqual((await demo.get('/api/me/settings/')).body.settings.page
      .alerts.rules, [{ kind: 'status', value: 'rejected' }]);
    await second.close();
  }));

test('a sound and the browser’s own notification, for who wants them',
  withDesk({}, { permissions: ['notifications'] }, async (world, desk) => {
    const demo = await world.token('demo');
    await desk.context.addInitScript(() => {
      window.notified = [];
      window.tones = 0;
      window.Notification = class {
        static permission = 'granted';

        static requestPermission() {
          return Promise.resolve('granted');
        }

        constructor(title, { body }) {
          window.notified.push(`${title}: ${body}`);
        }
      };
      const { start } = OscillatorNode.prototype;
      OscillatorNode.prototype.start = function count(...args) {
        window.tones++;
        return start.apply(this, args);
      };
    });
    const page = await desk.login();
    await open(page);
    await byId(page, 'alert-kind').selectOption('size');
    await byId(page, 'alert-number').fill('100');
    await page.locator('#alert-new [type=submit]').click();
    await byId(page, 'alert-rules').getByText('100').waitFor();
    await byId(page, 'alert-sound').check();
    await byId(page, 'alert-notify').check();
    const before = await page.evaluate(() => window.tones);
    await page.keyboard.press('Escape');
    await demo.order({ quantity: '99' });
    const { id } = await demo.order({ instrument: 'BIG', quantity: '100' });
    await count(page, 'Alerts (1)');
    assert.equal(await page.evaluate(() => window.tones), before + 1);
    // Who looks at the page needs none of it.
    assert.deepEqual(await page.evaluate(() => window.notified), []);
    await page.evaluate(() => Object.defineProperty(document, 'hidden',
      { value: true }));
    await demo.order({ instrument: 'HUGE', quantity: '1000' });
    await page.waitForFunction(() => window.notified.length === 1);
    assert.match((await page.evaluate(() => window.notified))[0],
      /^Order \d+ \(Buy HUGE\): Any order: quantity is 100 or more$/);
    assert.ok(id);
  }));

test('staff have rules of their own for everybody’s orders',
  withDesk({}, {}, async (world, desk) => {
    const boss = await world.token('boss');
    const demo = await world.token('demo');
    const other = await world.token('other');
    await boss.patch('/api/me/settings/', { page: { alerts: { rules: [
      { kind: 'size', value: '1' }], sound: false, notify: false } } });
    const page = await desk.at('/admin/orders/', 'boss');
    await loaded(page);
    await state(page, 'live');
    await open(page);
    await byId(page, 'alert-kind').selectOption('size');
    await byId(page, 'alert-number').fill('100');
    await byId(page, 'alert-owner').fill('demo');
    await page.keyboard.press('Enter');
    await byId(page, 'alert-rules').getByText('demo').waitFor();
    await page.locator('#alerts [data-close]').click();
    const [theirs] = await place(other, many(1, { quantity: '100' }));
    const [mine] = await place(demo, many(1, { quantity: '100' }));
    await count(page, 'Alerts (1)');
    await row(page, theirs.id).waitFor();
    await open(page);
    assert.deepEqual(await logged(page), [`Order ${mine.id} (Buy INS0) of demo: ` +
      'Any order of demo: quantity is 100 or more']);
    const { body } = await boss.get('/api/me/settings/');
    assert.deepEqual(body.settings.page.everybody_alerts.rules,
                     [{ kind: 'size', value: '100', owner: 'demo' }]);
    assert.equal(body.settings.page.alerts.rules.length, 1);
    // One's own orders have the others, and no owner is asked for there.
    const own = await desk.page('/');
    await loaded(own);
    await open(own);
    assert.deepEqual(await rules(own), ['Any order: quantity is 1 or more']);
    assert.ok(await byId(own, 'alert-owner').isHidden());
  }));
