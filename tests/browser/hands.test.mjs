// All that is done with rows is done by keys, too, whatever caps lock says.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { byId, cell, closeBrowser, idsOf, info, later, many, openBrowser, place,
         row, said, stopTime, withDesk } from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

const focused = (page, id) => page.locator(`#order-${id}:focus`).waitFor();

for (const path of ['/', '/admin/orders/'])
  test(`${path}: Home, End, PageUp and PageDown go through rows and pages`,
    withDesk({}, {}, async (world, desk) => {
      const demo = await world.token('demo');
      await place(demo, many(60));
      const page = await desk.at(path, path === '/' ? 'demo' : 'boss');
      await info(page, '1–25 of 60');
      const first = await idsOf(page);
      await page.locator('body').press('PageDown');
      await focused(page, first[0]);
      await page.keyboard.press('PageDown');
      await page.waitForFunction((id) =>
        document.activeElement.id !== `order-${id}`, first[0]);
      const far = await page.evaluate(() => document.activeElement.id);
      assert.ok(first.slice(2).some((id) => far === `order-${id}`), far);
      // It is seen, and so is the row that one came from.
      for (const id of [far.replace('order-', ''), first[0]])
        assert.ok(await row(page, id).evaluate((one) => {
          const { bottom } = one.getBoundingClientRect();
          return bottom <= one.closest('table').parentElement
            .getBoundingClientRect().bottom + 1;
        }));
      await page.keyboard.press('PageUp');
      await focused(page, first[0]);
      await page.keyboard.press('PageUp'); // There is none before.
      await focused(page, first[0]);
      await page.keyboard.press('End');
      await focused(page, first.at(-1));
      await page.keyboard.press('PageDown');
      await info(page, '26–50 of 60');
      const second = await idsOf(page);
      await focused(page, second[0]);
      assert.equal(await row(page, second[0]).getAttribute('aria-selected'),
                   'true');
      await page.keyboard.press('PageUp');
      await info(page, '1–25 of 60');
      await focused(page, first.at(-1));
      await page.keyboard.press('PageDown');
      await info(page, '26–50 of 60');
      await page.keyboard.press('End');
      await page.keyboard.press('PageDown');
      await info(page, '51–60 of 60');
      const third = await idsOf(page);
      await focused(page, third[0]);
      await page.keyboard.press('End');
      await page.keyboard.press('PageDown'); // There is none behind.
      await focused(page, third.at(-1));
      await page.keyboard.press('Home');
      await focused(page, third[0]);
    }));

test('a c that bounces or is held down asks, and cancels nothing',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const [order] = await place(demo, many(1));
    const page = await desk.login();
    await row(page, order.id).click();
    await stopTime(page);
    await page.keyboard.press('c');
    await page.keyboard.press('c');
    await later(page, 400);
    await page.keyboard.press('c');
    await page.keyboard.down('c');
    await later(page);
    await page.keyboard.down('c');
    await page.keyboard.up('c');
    await page.locator('#confirm[open]').waitFor();
    assert.equal((await demo.get(`/api/data/${order.id}/`)).body.status, 'new');
    await page.keyboard.press('c');
    await said(page, 'is canceled.');
  }));

test('c and c again cancel, also with caps lock; no other key does',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const [one, two] = await place(demo, many(2));
    const page = await desk.login();
    const opened = page.locator('#confirm[open]');
    await row(page, one.id).click();
    await page.keyboard.press('c');
    await opened.waitFor();
    for (const key of ['x', 'Shift+C', 'Control+c', 'Delete'])
      await page.keyboard.press(key);
    assert.equal(await opened.count(), 1);
    await later(page);
    await page.keyboard.press('c');
    await said(page, 'canceled');
    await cell(page, one.id, 'status').filter({ hasText: 'canceled' }).waitFor();
    await row(page, two.id).click();
    // As caps lock has it: the letter is great, and no Shift is down.
    const great = () => page.evaluate(() => document.activeElement.dispatchEvent(
      new KeyboardEvent('keydown', { key: 'C', bubbles: true,
                                     cancelable: true })));
    await great();
    await opened.waitFor();
    await later(page);
    await great();
    await cell(page, two.id, 'status').filter({ hasText: 'canceled' }).waitFor();
    // Removing takes the button.
    await row(page, two.id).click();
    await page.keyboard.press('Delete');
    await opened.waitFor();
    await page.keyboard.press('Delete');
    assert.equal(await opened.count(), 1);
    await page.keyboard.press('Escape');
    assert.equal(await byId(page, 'order-cancel').isDisabled() ||
      await byId(page, 'order-cancel').getAttribute('aria-disabled') === 'true',
      true);
  }));
