// A login that ends while somebody types: nothing of it is lost without a word,
// what has happened is said, and after the next login one goes on.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { LOGGED_OUT, byId, cell, closeBrowser, enter, loaded, many, openBrowser,
         place, row, said, state, withDesk } from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

const ADMIN = '/admin/orders/';
const EXPECTED = { expected: [...LOGGED_OUT, /status of 4\d\d/] };
const open = (page, id) => page.locator(`#${id}[open]`).waitFor();
const title = (page, text) => page.locator('#confirm[open] #confirm-title')
  .getByText(text, { exact: true }).waitFor();
const listed = async (page) => (await page.locator('#confirm-list li')
  .allInnerTexts()).join();
const told = (page, text) => page.locator('#ticket .form-error')
  .filter({ hasText: text }).waitFor();
const fill = async (page, fields) => {
  for (const [name, text] of Object.entries(fields))
    await page.fill(`#ticket-${name}`, text);
};
const valuesOf = (page, ...names) => Promise.all(names.map((name) =>
  page.locator(`#ticket-${name}`).inputValue()));

// Every login of the user ends, as it does when the password is changed.
async function endLogins(world, name) {
  await world.command(['changepassword', '--username', name,
                       '--password-stdin'], { input: `${name}-secret2\n` });
}

async function again(world, page, name, path) {
  await byId(page, 'confirm-yes').getByText('Log in again').click();
  await page.waitForURL(/accounts.login/);
  await byId(page, 'login-error').filter({ hasText: 'Your login has ended. ' +
    `What you had typed is there again when ${name} has logged in.` }).waitFor();
  await enter(page, name, `${name}-secret2`);
  await page.waitForURL(world.url + path);
}

for (const [path, name] of [['/', 'demo'], [ADMIN, 'boss']]) {
  test(`${path}: a new order is there again, and placed once`,
    withDesk({}, EXPECTED, async (world, desk) => {
      const page = await desk.at(path, name);
      await loaded(page);
      await state(page, 'live');
      await page.keyboard.press('n');
      await fill(page, { instrument: 'EDF01', quantity: '1,234', price: '5',
                         client_order_id: '' });
      await page.locator('#ticket label', { hasText: 'Sell' }).click();
      await endLogins(world, name);
      await title(page, 'Your login has ended');
      assert.match(await listed(page), new RegExp('New order: Sell 1,234 ' +
        'EDF01 @ 5 = 6,170\\. It was not sent\\. Kept, and there again'));
      // Keys go into no field of another page; back, all is there still.
      await page.keyboard.press('Escape');
      assert.deepEqual(await valuesOf(page, 'instrument', 'quantity'),
                       ['EDF01', '1,234']);
      await page.locator('#ticket button[type=submit]').click();
      await title(page, 'Your login has ended');
      await again(world, page, name, path);
      await open(page, 'ticket');
      await told(page, 'Your login had ended before this was sent. Here is ' +
        'what you had typed.');
      assert.deepEqual(await valuesOf(page, 'instrument', 'quantity', 'price'),
                       ['EDF01', '1,234', '5']);
      await page.locator('#ticket button[type=submit]').click();
      await said(page, '(Sell EDF01) is placed.');
      const session = await world.token(name, `${name}-secret2`);
      assert.equal((await session.get('/api/data/')).body.count, 1);
      // It is not there a second time.
      await page.reload();
      await loaded(page);
      assert.equal(await page.locator('#ticket[open]').count(), 0);
    }));

  test(`${path}: a change goes on from the order as it is by then`,
    withDesk({}, EXPECTED, async (world, desk) => {
      const before = await world.token(name);
      const [order] = await place(before, many(1, { quantity: '100' }));
      const page = await desk.at(path, name);
      await loaded(page);
      await state(page, 'live');
      await row(page, order.id).click();
      await page.keyboard.press('e');
      await fill(page, { quantity: '70' });
      await endLogins(world, name);
      await title(page, 'Your login has ended');
      const session = await world.token(name, `${name}-secret2`);
      await session.patch(`/api/data/${order.id}/`, { side: 'sell' });
      await again(world, page, name, path);
      await page.locator('#ticket-now').filter({ hasText:
        'Changed in the meantime: side Buy → Sell' }).waitFor();
      await told(page, 'Here is what you had typed.');
      assert.deepEqual(await valuesOf(page, 'quantity'), ['70']);
      // It is followed, as any other.
      await state(page, 'live');
      await session.patch(`/api/data/${order.id}/`, { instrument: 'OTHER' });
      await page.locator('#ticket button[type=submit]')
        .filter({ hasText: 'Sell 70 OTHER' }).click();
      await byId(page, 'keep-mine').click();
      await said(page, 'is saved');
      assert.equal((await session.get(`/api/data/${order.id}/`)).body.quantity,
                   '70');
    }));
}

test('a cell that was not saved is told after the login',
  withDesk({}, EXPECTED, async (world, desk) => {
    const [order] = await place(await world.token('demo'), many(1));
    const page = await desk.at(ADMIN, 'boss');
    await loaded(page);
    await state(page, 'live');
    await cell(page, order.id, 'price').dblclick();
    await page.locator('.cell-editor input').fill('7.5');
    await endLogins(world, 'boss');
    await title(page, 'Your login has ended');
    assert.match(await listed(page), /price “7\.5” of order 1/);
    await again(world, page, 'boss', ADMIN);
    await said(page, 'Your login had ended before this was saved: price “7.5” ' +
      `of order ${order.id} (Buy INS0).`);
  }));

test('what can’t be saved is said before it goes',
  withDesk({}, EXPECTED, async (world, desk) => {
    const page = await desk.at('/accounts/', 'demo');
    // It takes what is in the form at first for what there is.
    await page.waitForFunction(() =>
      document.querySelector('#details [name=first_name]').form.noValidate);
    await page.fill('#details [name=first_name]', 'Kim');
    await endLogins(world, 'demo');
    await page.locator('#details button[type=submit]').click();
    await title(page, 'Your login has ended');
    assert.match(await listed(page), /entered under “.+”\. Can’t be kept/);
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('#details [name=first_name]').inputValue(),
                 'Kim');
  }));

test('what one has typed is nobody else’s',
  withDesk({}, EXPECTED, async (world, desk) => {
    const page = await desk.login();
    await page.keyboard.press('n');
    await fill(page, { instrument: 'SECRET' });
    await endLogins(world, 'demo');
    await byId(page, 'confirm-yes').getByText('Log in again').click();
    await page.waitForURL(/accounts.login/);
    await enter(page, 'other');
    await page.waitForURL(`${world.url}/`);
    await loaded(page);
    assert.equal(await page.locator('#ticket[open]').count(), 0);
    assert.doesNotMatch(await page.evaluate(() =>
      JSON.stringify({ ...sessionStorage })), /SECRET/);
  }));

test('with nothing typed the login page says what has ended',
  withDesk({}, EXPECTED, async (world, desk) => {
    const page = await desk.login();
    await endLogins(world, 'demo');
    await page.waitForURL(/accounts.login/);
    await byId(page, 'login-error').getByText('Your login has ended.',
                                              { exact: true }).waitFor();
    await page.reload();
    await page.waitForFunction(() =>
      !document.querySelector('#login-error').textContent);
  }));
