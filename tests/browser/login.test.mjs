// The way in and out.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { LOGGED_OUT, byId, closeBrowser, enter, loaded, openBrowser, typeSearch,
         state, turnOn, withDesk } from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

test('a wrong login says so, a right one lands where it was meant to',
  withDesk({}, { expected: LOGGED_OUT }, async (world, desk) => {
    const page = await desk.page('/');
    const error = byId(page, 'login-error');
    const said = new Set();
    assert.match(page.url(), /\/accounts\/login\/\?next=/);
    assert.equal(await error.isVisible(), false);
    for (const [name, password] of [['demo', 'wrong'], ['nobody', 'x']]) {
      await enter(page, name, password);
      await page.waitForURL(`${world.url}/accounts/login/`);
      await error.filter({ hasText: 'username or the password is wrong' })
        .waitFor();
      said.add(await error.innerText());
      assert.equal(await page.inputValue('[name=username]'), name);
      assert.equal(await page.inputValue('[name=password]'), '');
      // The next key goes where it is needed.
      assert.equal(await page.evaluate(() => document.activeElement.name),
                   'password');
    }
    assert.equal(said.size, 1);
    await page.fill('[name=username]', 'demo');
    await page.fill('[name=password]', 'demo-secret');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${world.url}/`);
    await byId(page, 'user-menu').filter({ hasText: 'demo' }).waitFor();
  }));

test('a login goes on to next, through a wrong password too',
  withDesk({}, { expected: LOGGED_OUT }, async (world, desk) => {
    const next = '/?from=mail&x=%C3%BC';
    const page = await desk.page(
      `/accounts/login/?next=${encodeURIComponent(next)}`);
    await enter(page, 'demo', 'wrong');
    await byId(page, 'login-error').filter({ hasText: 'wrong' }).waitFor();
    await enter(page, 'demo');
    await page.waitForURL(world.url + next);
    await loaded(page);
  }));

for (const next of ['//elsewhere.example/', '/\\elsewhere.example/',
                    'https://elsewhere.example/', 'javascript:alert(1)',
                    '/\t/elsewhere.example/', '"><script>hit=1</script>']) {
  test(`next leads nowhere else: ${JSON.stringify(next)}`,
    withDesk({}, {}, async (world, desk) => {
      const page = await desk.page(
        `/accounts/login/?next=${encodeURIComponent(next)}`);
      await enter(page, 'demo');
      await page.waitForURL(`${world.url}/`);
      assert.equal(await page.evaluate(() => window.hit), undefined);
    }));
}

test('logging out in one tab ends the other',
  withDesk({}, { expected: LOGGED_OUT }, async (world, desk) => {
    const page = await desk.login();
    const second = await desk.page('/');
    const closed = second.waitForEvent('websocket').then((socket) =>
      socket.waitForEvent('close'));
    await second.reload();
    await state(second, 'live');
    await byId(page, 'user-menu').click();
    await byId(page, 'logout-button').click();
    await page.waitForURL(/\/accounts\/login\//);
    await closed;
    await second.waitForURL(/\/accounts\/login\//);
    await page.goto('/');
    assert.match(page.url(), /\/accounts\/login\//);
  }));

test('a new password ends every page of the user, and of no one else',
  withDesk({}, { expected: LOGGED_OUT }, async (world, desk) => {
    const { context } = desk;
    const page = await desk.login('demo');
    const cookies = await context.cookies();
    await context.clearCookies();
    const stranger = await desk.login('other');
    await world.command(
      ['changepassword', '--username', 'demo', '--password-stdin'],
      { input: 'another-secret\n' });
    await page.waitForURL(/\/accounts\/login\/\?next=/);
    // The stranger's is live still.
    const order = await (await world.token('other')).order();
    await stranger.locator(`#order-${order.id}`).waitFor();
    // The old cookie is of no use.
    await context.clearCookies();
    await context.addCookies(cookies);
    await page.goto('/');
    assert.match(page.url(), /\/accounts\/login\//);
  }));

test('a search after the login has ended leads to the login',
  withDesk({}, { expected: LOGGED_OUT }, async (world, desk) => {
    const page = await desk.login('demo', { realtime: false });
    await desk.context.clearCookies();
    await typeSearch(page, 'EDF');
    await page.waitForURL(`${world.url}/accounts/login/?next=%2F`);
    await enter(page, 'demo');
    await page.waitForURL(`${world.url}/`);
    await turnOn(page);
  }));
