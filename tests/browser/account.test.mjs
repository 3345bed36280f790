// One's own account: name, password, logins, tokens.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { Desk, LOGGED_OUT, byId, closeBrowser, openBrowser, withDesk }
  from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

const REFUSED = [/status of 4\d\d/, ...LOGGED_OUT];
const lines = (page, id) => page.locator(`#${id} tbody tr:has(button)`);
const within = (page, id, text) => page.locator(`#${id} .said`)
  .filter({ hasText: text }).waitFor();
const confirm = (page) => byId(page, 'confirm-yes').click();

async function account(desk, name = 'demo') {
  const page = await desk.at('/', name);
  await byId(page, 'user-menu').click();
  await byId(page, 'account-link').click();
  await lines(page, 'sessions').first().waitFor();
  return page;
}

test('the password: every reason at its field; this page stays, others end',
  withDesk({ redis: true }, { expected: REFUSED }, async (world, desk) => {
    const elsewhere = await Desk.open(world, { expected: LOGGED_OUT });
    const other = await elsewhere.login('demo');
    const demo = await world.token('demo');
    const page = await account(desk);
    await page.fill('#old_password', 'wrong');
    await page.fill('#new_password', 'long enough for anybody');
    await page.fill('#again', 'something else');
    await page.keyboard.press('Enter');
    await page.locator('#again-error').waitFor();
    await page.fill('#again', 'long enough for anybody');
    await page.keyboard.press('Enter');
    await page.locator('#old_password-error').waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.name),
                 'old_password');
    await page.fill('#old_password', 'demo-secret');
    await page.fill('#new_password', 'demo');
    await page.fill('#again', 'demo');
    await page.keyboard.press('Enter');
    await page.locator('#new_password-error').waitFor();
    await page.fill('#new_password', 'long enough for anybody');
    await page.fill('#again', 'long enough for anybody');
    await page.keyboard.press('Enter');
    await within(page, 'password', 'Changed.');
    await other.waitForURL(/\/accounts\/login\//);
    await elsewhere.close();
    assert.equal((await demo.get('/api/me/')).status, 401);
    assert.equal(await lines(page, 'sessions').count(), 1);
    // This page goes on, with a new login.
    await page.fill('#email', 'demo@example.com');
    await page.locator('#details button[type=submit]').click();
    await within(page, 'details', 'Saved.');
    await page.reload();
    await page.waitForFunction(() =>
      document.getElementById('email').value === 'demo@example.com');
  }));

test('logins: another is ended, all others, then everywhere',
  withDesk({ redis: true }, { expected: REFUSED }, async (world, desk) => {
    const desks = [];
    for (let i = 0; i < 3; i++) {
      desks.push(await Desk.open(world, { expected: LOGGED_OUT }));
      await desks[i].login('demo');
    }
    const page = await account(desk);
    assert.equal(await lines(page, 'sessions').count(), 4);
    assert.equal(await page.getByText('this one', { exact: true }).count(), 1);
    await lines(page, 'sessions').filter({ hasNotText: 'this one' }).first()
      .getByRole('button').click();
    await page.locator('#confirm[open]').waitFor();
    await confirm(page);
    await within(page, 'sessions', 'has ended.');
    await page.waitForFunction(() =>
      document.querySelectorAll('#sessions tbody tr').length === 3);
    await page.locator('#end-others').click();
    await confirm(page);
    await within(page, 'sessions', 'have ended.');
    await page.waitForFunction(() =>
      document.querySelectorAll('#sessions tbody tr').length === 1);
    for (const one of desks) {
      const [open] = one.context.pages();
      await open.waitForURL(/\/accounts\/login\//);
      await one.close();
    }
    await byId(page, 'end-sessions').filter({ hasText: 'everywhere' }).click();
    await confirm(page);
    await page.waitForURL(/\/accounts\/login\//);
  }));

test('a token: made by keys, shown once, copied, used, revoked',
  withDesk({}, { expected: REFUSED, permissions:
    ['clipboard-read', 'clipboard-write'] }, async (world, desk) => {
      const page = await account(desk);
      await page.getByText('There are no tokens.').waitFor();
      await byId(page, 'token-open').focus();
      await page.keyboard.press('Enter');
      await page.locator('#token-new[open]').waitFor();
      assert.equal(await page.locator('#token-new [name=admin]').isVisible(),
                   false);
      await page.keyboard.type('OMS');
      await page.locator('#token-new [name=read]').uncheck();
      await page.keyboard.press('Enter');
      await page.locator('#read-error').waitFor();
      await page.locator('#token-new [name=read]').check();
      await page.locator('#token-new [name=market_read]').check();
      // What this user may not do is not offered.
      assert.equal(await page.locator('#token-feed').isVisible(), false);
      await page.locator('#token-new button[type=submit]').click();
      await page.locator('#token-made').waitFor();
      const token = await byId(page, 'token-text').inputValue();
      assert.match(token, /^[\w-]{20,}$/);
      await page.locator('#token-copy').click();
      await within(page, 'tokens', 'Copied.');
      assert.equal(await page.evaluate(() => navigator.clipboard.readText()),
                   token);
      const user = (await world.token('other'));
      user.token = token;
      assert.equal((await user.get('/api/data/')).status, 200);
      assert.equal((await user.get('/api/market/')).status, 200);
      assert.equal((await user.post('/api/data/', {
        instrument: 'X', quantity: '1', price: '1' })).status, 403);
      assert.match(await lines(page, 'tokens').first().innerText(),
                   /OMS\s+orders:read, market:read/);
      await byId(page, 'token-done').click();
      await page.reload();
      await lines(page, 'tokens').first().waitFor();
      assert.equal(await page.getByText(token).count(), 0);
      assert.equal(await byId(page, 'token-text').inputValue(), '');
      await lines(page, 'tokens').first().getByRole('button').click();
      await confirm(page);
      await within(page, 'tokens', 'OMS is revoked.');
      assert.equal((await user.get('/api/data/')).status, 401);
      // One that is revoked while its text is shown leaves no text.
      await byId(page, 'token-open').click();
      await page.fill('#token-new [name=name]', 'SHORT');
      await page.locator('#token-new button[type=submit]').click();
      await page.locator('#token-made').waitFor();
      await lines(page, 'tokens').filter({ hasText: 'SHORT' })
        .getByRole('button').click();
      await confirm(page);
      await within(page, 'tokens', 'SHORT is revoked.');
      assert.equal(await page.locator('#token-made').isVisible(), false);
      assert.equal(await byId(page, 'token-text').inputValue(), '');
    }));
