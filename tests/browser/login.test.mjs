// The way in and out.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { byId, closeBrowser, openBrowser, state, withDesk }
  from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

test('a wrong login says so, a right one lands where it was meant to',
  withDesk({}, { expected: [/401/] }, async (world, desk) => {
    const page = await desk.page('/');
    assert.match(page.url(), /\/accounts\/login\/\?next=/);
    for (const [name, password] of [['demo', 'wrong'], ['nobody', 'x']]) {
      await page.fill('[name=username]', name);
      await page.fill('[name=password]', password);
      await page.click('button[type=submit]');
      const error = byId(page, 'login-error');
      await error.filter({ hasText: 'username or the password is wrong' })
        .waitFor();
      assert.equal(await page.inputValue('[name=username]'), name);
    }
    await page.fill('[name=username]', 'demo');
    await page.fill('[name=password]', 'demo-secret');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${world.url}/`);
    await byId(page, 'user-menu').filter({ hasText: 'demo' }).waitFor();
  }));

test('logging out in one tab ends the other',
  withDesk({}, { expected: [/401|WebSocket/] }, async (world, desk) => {
    const page = await desk.login();
    const second = await desk.page('/');
    await state(second, 'live');
    await byId(page, 'user-menu').click();
    await byId(page, 'logout-button').click();
    await page.waitForURL(/\/accounts\/login\//);
    await second.waitForURL(/\/accounts\/login\//);
    await page.goto('/');
    assert.match(page.url(), /\/accounts\/login\//);
  }));
