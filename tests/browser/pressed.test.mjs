// Yes is no answer before what is asked could be read: to no question, by no key
// and by no mouse. While 20 changes arrive each second.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { byId, closeBrowser, later, many, openBrowser, place, row, said, stopTime,
         withDesk } from './lib/page.mjs';
import { withTraffic } from './lib/traffic.mjs';

before(openBrowser);
after(closeBrowser);

const REFUSED = [/status of 4\d\d/];
const PRESS = {
  // As it lands there, whatever the button looks like.
  async mouse(page, button) {
    const { x, y, width, height } = await button.boundingBox();
    await page.mouse.click(x + width / 2, y + height / 2);
  },
  async Enter(page, button) {
    await button.focus();
    await page.keyboard.press('Enter');
  },
  async Space(page, button) {
    await button.focus();
    await page.keyboard.press('Space');
  },
};
const read = async (session, { id }) =>
  (await session.get(`/api/data/${id}/`)).body;

for (const [how, press] of Object.entries(PRESS)) {
  test(`a cancel is not agreed to sooner than it was read, by ${how}`,
    withDesk({}, {}, async (world, desk) => {
      const demo = await world.token('demo');
      const [busy, order] = await place(demo, many(2));
      const page = await desk.login();
      const yes = byId(page, 'confirm-yes');
      await row(page, order.id).click();
      await withTraffic(demo, [busy.id], async () => {
        await stopTime(page);
        await page.keyboard.press('c');
        await page.locator('#confirm[open]').waitFor();
        assert.equal(await yes.getAttribute('aria-disabled'), 'true');
        await press(page, yes);
        await later(page, 400);
        await press(page, yes);
        assert.equal(await page.locator('#confirm[open]').count(), 1);
        assert.equal((await read(demo, order)).version, 1);
        await later(page);
        await press(page, yes);
        await said(page, 'is canceled.');
      });
      assert.equal((await read(demo, order)).status, 'canceled');
    }));

  test(`nor that mine is kept, by ${how}`,
    withDesk({}, { expected: REFUSED }, async (world, desk) => {
      const demo = await world.token('demo');
      const [busy, order] = await place(demo, many(2, { quantity: '100' }));
      const page = await desk.login('demo', { realtime: false });
      const mine = byId(page, 'keep-mine');
      await withTraffic(demo, [busy.id], async () => {
        await row(page, order.id).click();
        await page.keyboard.press('e');
        await page.fill('#ticket-quantity', '70');
        await demo.patch(`/api/data/${order.id}/`, { quantity: '80' });
        await stopTime(page);
        await page.locator('#ticket-quantity').press('Enter');
        await page.locator('#conflict[open]').waitFor();
        await press(page, mine);
        assert.equal(await page.locator('#conflict[open]').count(), 1);
        assert.equal((await read(demo, order)).quantity, '80');
        await later(page);
        await press(page, mine);
        await said(page, 'is saved');
      });
      assert.equal((await read(demo, order)).quantity, '70');
    }));
}

test('a double click on a button that asks answers nothing',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const [order] = await place(demo, many(1));
    const page = await desk.login();
    await row(page, order.id).click();
    await page.evaluate(() => {
      // Under the pointer, as it may well be.
      const { x, y } = document.querySelector('#order-cancel')
        .getBoundingClientRect();
      Object.assign(document.querySelector('#confirm-yes').style,
        { position: 'fixed', left: `${x}px`, top: `${y}px` });
    });
    await byId(page, 'order-cancel').dblclick();
    await page.locator('#confirm[open]').waitFor();
    assert.equal((await read(demo, order)).status, 'new');
    await byId(page, 'confirm-yes').click();
    await said(page, 'is canceled.');
  }));

test('the answer that is not read yet looks so, and then does not',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const [order] = await place(demo, many(1));
    const page = await desk.login();
    await row(page, order.id).click();
    await page.keyboard.press('c');
    await page.locator('#confirm-yes[aria-disabled=true]').waitFor();
    await page.locator('#confirm-yes:not([aria-disabled])').waitFor();
    // A question that follows is another one.
    await page.keyboard.press('Escape');
    await page.keyboard.press('Delete');
    await page.locator('#confirm-yes[aria-disabled=true]').waitFor();
  }));
