// A page under load makes, styles and draws again only what has changed.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { byId, cell, closeBrowser, eventsOf, info, many, openBrowser, place, row,
         stopTime, withDesk } from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

async function put(session, id, price) {
  assert.equal((await session.patch(`/api/data/${id}/`, { price })).status, 200);
}

test('the cells of a row that changes again stay, and so does its colour',
  withDesk({}, {}, async (world, desk) => {
    const boss = await world.token('boss');
    const demo = await world.token('demo');
    const [{ id }] = await place(demo, many(1));
    assert.equal((await boss.post('/api/market/', [{ symbol: 'INS0',
      time: new Date().toISOString(), bid: '9', ask: '10' }])).status, 202);
    const page = await desk.login();
    await byId(page, 'market-toggle').click();
    await stopTime(page); // no colour fades
    await put(demo, id, '2');
    await cell(page, id, 'distance').getByText('8', { exact: true }).waitFor();
    await row(page, id).and(page.locator('.flash-update[data-up=price]'))
      .waitFor();
    await row(page, id).evaluate((node) => {
      window.changes = [];
      new MutationObserver((records) => {
        window.changes.push(...records.map(({ type, attributeName, target }) =>
          `${type} ${attributeName ?? ''} ${target.localName ?? 'text'}`));
      }).observe(node, { subtree: true, childList: true, attributes: true,
                         characterData: true });
    });
    await put(demo, id, '3.25');
    await cell(page, id, 'price').getByText('3.25').waitFor();
    await cell(page, id, 'distance').getByText('6.75').waitFor();
    const changes = await page.evaluate(() => window.changes);
    assert.ok(changes.includes('characterData  text'), changes.join('\n'));
    assert.deepEqual(changes.filter((one) => /^childList|class|data-/.test(one)),
                     []);
    // An instrument that is another one has quotes of its own.
    assert.equal((await demo.patch(`/api/data/${id}/`,
                                   { instrument: 'OTHER' })).status, 200);
    await cell(page, id, 'instrument').getByText('OTHER').waitFor();
    await cell(page, id, 'distance').getByText('6.75').waitFor(
      { state: 'detached' });
  }));

test('rows that an alert marks already are not marked again',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const [{ id }] = await place(demo, many(30));
    const page = await desk.login();
    await page.keyboard.press('a');
    await byId(page, 'alert-kind').selectOption('over');
    await byId(page, 'alert-number').fill('1000');
    await page.keyboard.press('Enter');
    await byId(page, 'alert-rules').getByText('1,000').waitFor();
    await page.keyboard.press('Escape');
    await page.evaluate(() => {
      const { replaceSync } = CSSStyleSheet.prototype;
      window.sheets = [];
      CSSStyleSheet.prototype.replaceSync = function replace(text) {
        window.sheets.push(text);
        replaceSync.call(this, text);
      };
    });
    const told = (count) => byId(page, 'alerts-open')
      .getByText(`Alerts (${count})`).waitFor();
    for (const count of [1, 2, 3]) {
      await put(demo, id + 29, '1');
      await put(demo, id + 29, '2000');
      await told(count);
    }
    // One that is not on this page is marked where it comes.
    await put(demo, id, '2000');
    await told(4);
    const before = await page.evaluate(() => window.sheets);
    assert.equal(before.length, 1, before.join('\n'));
    assert.match(before[0], new RegExp(`#order-${id + 29} > td`));
    await page.locator('[aria-label="Next page"]').click();
    await row(page, id).waitFor();
    await page.waitForFunction((one) => getComputedStyle(
      document.querySelector(`#order-${one} > td`)).boxShadow.includes('inset'),
    id);
  }));

test('the heads of a grid are drawn as one, and few rows that nobody can see',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const page = await desk.login();
    await place(demo, many(100));
    await info(page, '1\u201325 of 100');
    await eventsOf(page).first().filter({ hasText: 'INS99' }).waitFor();
    const below = await page.locator('#monitor-scroller').evaluate((scroller) => {
      const { bottom } = scroller.getBoundingClientRect();
      return [...scroller.querySelectorAll('tbody tr')].filter((one) =>
        one.getBoundingClientRect().top >= bottom).length;
    });
    assert.ok(below > 0 && below < 9, `${below}`);
    const heads = await page.locator('#orders th').count();
    const cdp = await page.context().newCDPSession(page);
    const layers = new Promise((resolve) => {
      cdp.on('LayerTree.layerTreeDidChange', (tree) => tree.layers &&
        resolve(tree.layers.length));
    });
    await cdp.send('DOM.enable');
    await cdp.send('LayerTree.enable');
    const count = await layers;
    assert.ok(count < heads, `${count} layers, ${heads} heads`);
  }));
