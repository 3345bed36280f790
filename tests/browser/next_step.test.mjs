// Whoever comes to a page that has nothing for them is told what comes next.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { closeBrowser, info, loaded, openBrowser, withDesk }
  from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

test('the login says what this is, and whose account is wanted',
  withDesk({}, {}, async (world, desk) => {
    const page = await desk.page('/');
    assert.match(await page.locator('main').innerText(),
                 /Place and change your orders.*account that your desk gave you/s);
  }));

for (const [what, options, keys] of [
  ['a desk', {}, true],
  ['a phone', { viewport: { width: 390, height: 844 }, hasTouch: true,
                isMobile: true }, false]])
  test(`without orders ${what} is told how to place one, by what it has`,
    withDesk({}, options, async (world, desk) => {
      const page = await desk.at('/', 'demo');
      const empty = page.locator('#orders td.dt-empty');
      await empty.filter({ hasText: 'New order' }).waitFor();
      assert.equal(/\bkey\b/.test(await empty.innerText()), keys);
      assert.equal(await page.locator('#order-new').isVisible(), true);
    }));

test('where there are no orders none are counted, and there are no pages',
  withDesk({}, {}, async (world, desk) => {
    const page = await desk.at('/', 'demo');
    const seen = async (name) => page.locator(name).evaluate((one) =>
      one.checkVisibility({ visibilityProperty: true }) &&
      one.innerText !== '');
    await loaded(page);
    for (const name of ['.dt-info', '.dt-length', '.dt-paging'])
      assert.equal(await seen(name), false, name);
    await (await world.token('demo')).order();
    await info(page, '1–1 of 1');
    for (const name of ['.dt-info', '.dt-length', '.dt-paging'])
      assert.equal(await seen(name), true, name);
  }));

test('who may not place orders is not told to', withDesk({}, {},
  async (world, desk) => {
    const boss = await world.login('boss');
    const { id } = (await (await world.token('demo')).get('/api/me/')).body;
    await boss.patch(`/api/users/${id}/`, { may_add: false });
    const page = await desk.at('/', 'demo');
    await loaded(page);
    const words = await page.locator('#orders td.dt-empty').innerText();
    assert.match(words, /No orders yet/);
    assert.doesNotMatch(words, /New order/);
  }));

test('a search and filters that nothing matches say how to see all again',
  withDesk({}, {}, async (world, desk) => {
    await (await world.token('demo')).order();
    for (const [path, words, name = 'boss'] of [
      ['/?search=nothing', /Clear it/, 'demo'],
      ['/admin/orders/?search=nothing', /Clear it/],
      ['/admin/users/?search=nothing', /Clear the filters/],
      ['/admin/instruments/?search=nothing', /Clear the filters/],
      ['/admin/audit/?action=order.delete', /Clear them/]]) {
      const page = await desk.at(path, name);
      const empty = page.locator('main td').filter({ hasText: /matche?s?/ });
      await empty.first().waitFor();
      assert.match(await empty.first().innerText(), words, path);
      await page.close();
    }
  }));

test('a page that is not there leads on, and back', withDesk({},
  { expected: [/404/] }, async (world, desk) => {
    const page = await desk.at('/accounts/', 'demo');
    await page.goto('/nowhere/');
    assert.match(await page.locator('main').innerText(), /404/);
    await page.getByRole('button', { name: 'Back' }).click();
    await page.waitForURL('**/accounts/');
    await page.goto('/nowhere/');
    await page.getByRole('link', { name: 'Go to the orders' }).click();
    await page.waitForURL(`${world.url}/`);
  }));
