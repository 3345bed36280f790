// Users, their rights and their logins, as staff sees and superusers change
// them.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { Desk, LOGGED_OUT, byId, closeBrowser, openBrowser, state, turnOn,
         withDesk } from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

const REFUSED = [/status of 4\d\d/];
const rows = (page) => page.locator('#users tbody tr:has(a)');
const names = (page) => rows(page).locator('td:first-child').allInnerTexts();
const count = (page, text) => byId(page, 'users-count')
  .getByText(text, { exact: true }).waitFor();
const noneCounted = (page) => page.locator('#users-count:empty')
  .waitFor({ state: 'attached' });
const within = (page, id, text) => page.locator(`#${id} .said`)
  .filter({ hasText: text }).waitFor();
const confirm = (page) => byId(page, 'confirm-yes').click();

// Staff that is no superuser.
async function staff(world) {
  const boss = await world.login('boss');
  // Commands only warn of a password that holds the name.
  await world.command(['createuser', '--username', 'clerk',
    '--password-stdin'], { input: 'clerk-secret\n' });
  const { body } = await boss.get('/api/users/?search=clerk');
  const { status, text } = await boss.patch(
    `/api/users/${body.results[0].id}/`, { is_staff: true });
  assert.equal(status, 200, text);
  return boss;
}

async function openUser(page, name) {
  await page.goto('/admin/users/');
  await page.locator('#users a').getByText(name, { exact: true }).click();
  await byId(page, 'user-title').getByText(name, { exact: true }).waitFor();
}

test('where there is no such user, it is said, and there are ways on',
  withDesk({}, { expected: REFUSED }, async (world, desk) => {
    const page = await desk.at('/admin/users/99/', 'boss');
    const missing = byId(page, 'user-missing');
    await missing.getByText('There is no user 99.').waitFor();
    assert.equal(await byId(page, 'error-bar').isVisible(), false);
    assert.equal(await page.getByText('Their orders').isVisible(), false);
    await page.getByLabel('Search users').fill('oth');
    await page.keyboard.press('Enter');
    await count(page, '1–1 of 1');
    assert.deepEqual(await names(page), ['other']);
    await page.goto('/admin/users/99/');
    await page.getByText('Go to all users').click();
    await rows(page).first().waitFor();
  }));

test('the list: searched, filtered, ordered, counted',
  withDesk({}, {}, async (world, desk) => {
    await staff(world);
    const page = await desk.at('/admin/users/', 'boss');
    await count(page, '1–4 of 4');
    assert.deepEqual(await names(page), ['boss', 'clerk', 'demo', 'other']);
    await page.keyboard.press('/');
    await page.keyboard.type('DEM');
    await count(page, '1–1 of 1');
    assert.match(page.url(), /search=DEM/);
    await page.reload();
    await count(page, '1–1 of 1');
    await byId(page, 'filters-clear').click();
    await count(page, '1–4 of 4');
    await byId(page, 'filter-role').selectOption('superuser');
    await count(page, '1–1 of 1');
    assert.deepEqual(await names(page), ['boss']);
    await byId(page, 'filter-role').selectOption('trader');
    await count(page, '1–2 of 2');
    await byId(page, 'filter-role').selectOption('');
    await byId(page, 'users-ordering').selectOption('-date_joined');
    await page.waitForFunction(() => document.querySelector(
      '#users tbody td').innerText === 'clerk');
    await byId(page, 'filter-active').selectOption('false');
    await page.getByText('No user matches.').waitFor();
    await noneCounted(page);
  }));

test('a user is added: every reason at its field, then there and usable',
  withDesk({}, { expected: REFUSED }, async (world, desk) => {
    const page = await desk.at('/admin/users/', 'boss');
    await count(page, '1–3 of 3');
    await page.keyboard.press('n');
    await page.locator('#user-new[open]').waitFor();
    await page.fill('#username', 'demo');
    await page.fill('#new-password', '1');
    await page.keyboard.press('Enter');
    await page.locator('#new-password-error').waitFor();
    assert.ok(await page.locator('#new-password-error p').count() >= 1);
    await page.fill('#new-password', 'long enough for anybody');
    await page.keyboard.press('Enter');
    await page.locator('#username-error').waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.name),
                 'username');
    await page.fill('#username', 'fresh');
    await page.locator('#user-new [name=may_delete]').uncheck();
    await page.keyboard.press('Enter');
    await byId(page, 'said').filter({ hasText: 'fresh was added.' }).waitFor();
    await count(page, '1–4 of 4');
    const fresh = await world.token('fresh', 'long enough for anybody');
    assert.equal((await fresh.get('/api/me/')).body.may_delete, false);
  }));

test('rights take hold of open pages, and can be given back',
  withDesk({ redis: true }, { expected: REFUSED }, async (world, desk) => {
    const page = await desk.at('/', 'boss');
    await openUser(page, 'demo');
    await page.locator('#details [name=may_add]').uncheck();
    await page.fill('#email', 'demo@example.com');
    await page.locator('#details button[type=submit]').click();
    await within(page, 'details', 'Saved');
    const demo = await world.token('demo');
    assert.equal((await demo.post('/api/data/', {
      instrument: 'X', quantity: '1', price: '1' })).status, 403);
    // Their own page says so, too.
    const theirs = await Desk.open(world);
    const own = await theirs.login('demo', { realtime: false });
    assert.equal(await byId(own, 'order-new').getAttribute('title'),
                 'You may not add orders.');
    await own.keyboard.press('n');
    await byId(own, 'said').filter({ hasText: 'may not add' }).waitFor();
    assert.equal(await own.locator('#ticket[open]').count(), 0);
    await theirs.close();
    await page.locator('#details [name=may_add]').check();
    // "Saved" stands there from before.
    const answer = page.waitForResponse((response) =>
      response.request().method() === 'PATCH');
    await page.locator('#details button[type=submit]').click();
    assert.equal((await answer).status(), 200);
    await within(page, 'details', 'Saved');
    await demo.order();
  }));

test('the limits of an order are set, refused where wrong, and lifted',
  withDesk({}, { expected: REFUSED }, async (world, desk) => {
    const page = await desk.at('/', 'boss');
    const demo = await world.token('demo');
    const limits = async () => {
      const { body } = await demo.get('/api/me/');
      return [body.max_quantity, body.max_notional];
    };
    const save = async (status) => {
      const answer = page.waitForResponse((response) =>
        response.request().method() === 'PATCH');
      await page.locator('#details button[type=submit]').click();
      assert.equal((await answer).status(), status);
    };
    await openUser(page, 'demo');
    await page.fill('#max_quantity', '50');
    // What is no number here is not sent, what is none there is refused.
    await page.fill('#max_notional', 'much');
    await page.locator('#details button[type=submit]').click();
    await page.locator('#max_notional-error').filter(
      { hasText: 'Must be a number, as in 1,234.5.' }).waitFor();
    await page.fill('#max_notional', '-1');
    await save(400);
    await page.locator('#max_notional-error').filter(
      { hasText: 'Must be greater than 0.' }).waitFor();
    assert.deepEqual(await limits(), [null, null]);
    await page.fill('#max_notional', '1000.5');
    await save(200);
    await within(page, 'details', 'Saved');
    assert.deepEqual(await limits(), ['50', '1000.5']);
    await page.reload();
    await page.waitForFunction(() =>
      document.querySelector('#max_quantity').value === '50');
    await page.fill('#max_quantity', '');
    await save(200);
    assert.deepEqual(await limits(), [null, '1000.5']);
  }));

test('deactivated: asked once, out at once, and back in later',
  withDesk({ redis: true }, { expected: REFUSED }, async (world, desk) => {
    const theirs = await Desk.open(world, { expected: LOGGED_OUT });
    const own = await theirs.login('demo');
    const page = await desk.at('/', 'boss');
    await openUser(page, 'demo');
    await byId(page, 'active').click();
    await page.locator('#confirm[open]').waitFor();
    await page.keyboard.press('Escape');
    await byId(page, 'user-state').filter({ hasText: /^active/ }).waitFor();
    await byId(page, 'active').click();
    await confirm(page);
    await within(page, 'details', 'demo is deactivated.');
    await page.locator('#active:focus').waitFor();
    await own.waitForURL(/\/accounts\/login\//);
    await theirs.close();
    await byId(page, 'user-state').filter({ hasText: 'deactivated' })
      .waitFor();
    await byId(page, 'active').filter({ hasText: /^Activate/ }).click();
    await within(page, 'details', 'demo may log in again.');
    await world.login('demo');
  }));

test('the last superuser stays one, and the page says why',
  withDesk({}, { expected: REFUSED }, async (world, desk) => {
    const page = await desk.at('/', 'boss');
    await openUser(page, 'boss');
    await page.locator('#details [name=is_superuser]').uncheck();
    await page.locator('#details button[type=submit]').click();
    await page.locator('#details .form-error').filter({ hasText: /./ })
      .waitFor();
    await page.reload();
    await byId(page, 'user-title').filter({ hasText: 'boss' }).waitFor();
    assert.equal(await page.locator('#details [name=is_superuser]')
      .isChecked(), true);
  }));

test('a password is set, with every reason, and ends the old logins',
  withDesk({ redis: true }, { expected: REFUSED }, async (world, desk) => {
    const theirs = await Desk.open(world, { expected: LOGGED_OUT });
    const own = await theirs.login('demo');
    const page = await desk.at('/', 'boss');
    await openUser(page, 'demo');
    await page.fill('#set-password', 'demo');
    await page.keyboard.press('Enter');
    await page.locator('#set-password-error').waitFor();
    await page.fill('#set-password', 'long enough for anybody');
    await page.keyboard.press('Enter');
    await within(page, 'password', 'Set.');
    await own.waitForURL(/\/accounts\/login\//);
    await theirs.close();
    await world.login('demo', 'long enough for anybody');
  }));

test('logins, sockets and tokens of a user are seen and ended',
  withDesk({ redis: true }, { expected: REFUSED }, async (world, desk) => {
    const demo = await world.token('demo');
    const theirs = await Desk.open(world, { expected: LOGGED_OUT });
    const own = await theirs.login('demo');
    const page = await desk.at('/', 'boss');
    await openUser(page, 'demo');
    const line = (id) => page.locator(`#${id} tbody tr:has(button)`);

    await line('sockets').first().waitFor();
    assert.match(await line('sockets').first().innerText(),
                 /127\.0\.0\.1\s+a login/);
    await line('sockets').first().getByRole('button').click();
    await confirm(page);
    await within(page, 'sockets', 'has ended.');
    await state(own, 'live'); // another one, at once

    await line('tokens').first().getByRole('button').click();
    await confirm(page);
    await within(page, 'tokens', 'is revoked.');
    await page.locator('#tokens').getByText('There are no tokens.').waitFor();
    assert.equal((await demo.get('/api/me/')).status, 401);

    assert.match(await line('sessions').first().innerText(),
                 /127\.0\.0\.1\s+Chrome \d+ on Linux/);
    await byId(page, 'end-sessions').click();
    await confirm(page);
    await page.locator('#sessions').getByText('There are no logins.').waitFor();
    await own.waitForURL(/\/accounts\/login\//);
    await theirs.close();
  }));

test('staff look, and are told what only superusers do',
  withDesk({}, { expected: REFUSED }, async (world, desk) => {
    await staff(world);
    const page = await desk.at('/admin/users/', 'clerk');
    await count(page, '1–4 of 4');
    assert.equal(await byId(page, 'user-add').getAttribute('title'),
                 'Only superusers can add users.');
    assert.equal(await byId(page, 'user-add').isDisabled(), true);
    await openUser(page, 'demo');
    await byId(page, 'denied').filter({ hasText: 'Only superusers' })
      .waitFor();
    for (const field of await page.locator(
      '#user :is(input, button)').all()) {
      if (await field.isVisible()) {
        assert.equal(await field.isDisabled(), true);
      }
    }
    assert.equal(await byId(page, 'sessions').isVisible(), false);
    await page.getByText('Their orders').click();
    await page.waitForURL(/\/admin\/orders\/\?owner=demo/);
    await turnOn(page);
  }));
