// A browser has one login for all its pages. A page stays the page of the user
// that it was made for: nothing is shown on it, and nothing done, as anybody
// else. While changes arrive; the API is asked afterwards.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { LOGGED_OUT, UNREACHABLE, agreeByKeys, byId, closeBrowser, enter, later, loaded,
         many, openBrowser, place, row, said, state, takeSide, withDesk } from './lib/page.mjs';
import { withTraffic } from './lib/traffic.mjs';

before(openBrowser);
after(closeBrowser);

const EXPECTED = { expected: [...LOGGED_OUT, ...UNREACHABLE, /status of 4\d\d/] };
const title = (page, text) => page.locator('#confirm[open] #confirm-title')
  .getByText(text, { exact: true }).waitFor();
const SOMEBODY_ELSE = 'Somebody else has logged in here';
const countOf = async (session) => (await session.get('/api/data/')).body.count;

// In another tab of the same browser.
async function logInBeside(desk, name) {
  const page = await desk.page('/accounts/login/');
  await enter(page, name);
  await page.waitForURL(`${desk.url}/`);
  return page;
}

async function fillTicket(page) {
  await page.keyboard.press('n');
  await takeSide(page);
  for (const [name, text] of [['instrument', 'EDF01'], ['quantity', '7'],
                              ['price', '3']])
    await page.fill(`#ticket-${name}`, text);
}

// Nobody tells the page whose login it is, until goOn().
async function holdWhose(page) {
  let asked, goOn;
  const isAsked = new Promise((resolve) => { asked = resolve; });
  const isOver = new Promise((resolve) => { goOn = resolve; });
  await page.route('**/api/me/', async (route) => {
    asked();
    await isOver;
    await route.continue();
  });
  return { isAsked, goOn: async () => { await isAsked; goOn(); } };
}

const SUBMIT = {
  mouse: (page) => page.locator('#ticket button[type=submit]').click(),
  keys: (page) => page.locator('#ticket-price').press('Enter'),
};

for (const how of ['mouse', 'keys']) {
  test(`what one has typed is not sent as somebody else, by ${how}`,
    withDesk({}, EXPECTED, async (world, desk) => {
      const demo = await world.token('demo');
      const other = await world.token('other');
      const [busy] = await place(demo, many(3));
      const [foreign] = await place(other, many(2, { instrument: 'FOREIGN' }));
      const page = await desk.login();
      await fillTicket(page);
      await logInBeside(desk, 'other');
      await withTraffic(other, [foreign.id], async () => {
        await title(page, SOMEBODY_ELSE);
        await page.keyboard.press('Escape');
        await SUBMIT[how](page);
        await title(page, SOMEBODY_ELSE);
        await page.keyboard.press('Escape');
        await page.locator('#ticket .form-error').filter(
          { hasText: 'Somebody else has logged in here.' }).waitFor();
      }, { name: 'FOREIGN' });
      assert.equal((await other.get('/api/data/?instrument=EDF01')).body.count,
                   0);
      assert.equal(await countOf(demo), 3);
      // Nothing of the other's is shown, and what is shown is not called live.
      assert.doesNotMatch(await page.locator('#orders').innerText(), /FOREIGN/);
      await page.locator('.dialog-stale').filter({ hasText: 'Not live' })
        .first().waitFor({ state: 'attached' });
      // Back again, it goes on by itself.
      await logInBeside(desk, 'demo');
      await withTraffic(demo, [busy.id], async () => {
        await SUBMIT[how](page);
        await said(page, '(Buy EDF01) is placed.');
      });
      assert.equal((await demo.get('/api/data/?instrument=EDF01')).body.count,
                   1);
      await state(page, 'live');
    }));

  test(`what staff’s page asked is not answered as somebody else, by ${how}`,
    withDesk({}, EXPECTED, async (world, desk) => {
      const demo = await world.token('demo');
      const [order, busy] = await place(demo, many(2));
      const page = await desk.at('/admin/orders/', 'boss');
      await loaded(page);
      await state(page, 'live');
      const asked = await holdWhose(page);
      await withTraffic(demo, [busy.id], async () => {
        await row(page, order.id).click();
        await page.keyboard.press('c');
        await page.locator('#confirm-yes:not([aria-disabled])').waitFor();
        await logInBeside(desk, 'demo');
        if (how === 'mouse') await byId(page, 'confirm-yes').click();
        else await agreeByKeys(page);
        await asked.goOn();
        await page.waitForURL(/accounts.login/);
      });
      assert.equal((await demo.get(`/api/data/${order.id}/`)).body.status,
                   'new');
    }));

  test(`nothing is sent long after it was pressed, by ${how}`,
    withDesk({}, EXPECTED, async (world, desk) => {
      const demo = await world.token('demo');
      const [busy] = await place(demo, many(2));
      const page = await desk.login('demo', { realtime: false });
      await fillTicket(page);
      await page.locator('#ticket .primary').waitFor();
      const asked = await holdWhose(page);
      await logInBeside(desk, 'demo');
      await withTraffic(demo, [busy.id], async () => {
        await SUBMIT[how](page);
        await asked.isAsked;
        await later(page, 4000);
        await asked.goOn();
        await page.locator('#ticket .form-error').filter({ hasText:
          'Nothing was sent: it took too long' }).waitFor();
        assert.equal((await demo.get('/api/data/?instrument=EDF01')).body.count,
                     0);
        await SUBMIT[how](page);
        await said(page, '(Buy EDF01) is placed.');
      });
      assert.equal((await demo.get('/api/data/?instrument=EDF01')).body.count,
                   1);
    }));
}

for (const how of ['mouse', 'keys']) {
  test(`with Realtime off no rows of somebody else come, by ${how}`,
    withDesk({}, EXPECTED, async (world, desk) => {
      const demo = await world.token('demo');
      const other = await world.token('other');
      await place(demo, many(60));
      const [busy] = await place(other, many(60, { instrument: 'FOREIGN' }));
      const page = await desk.login('demo', { realtime: false });
      const asked = await holdWhose(page);
      await logInBeside(desk, 'other');
      await withTraffic(other, [busy.id], async () => {
        const second = page.locator('.dt-paging-button')
          .getByText('2', { exact: true });
        if (how === 'mouse') await second.click();
        else await second.press('Enter');
        await asked.isAsked;
        assert.doesNotMatch(await page.locator('#orders').innerText(), /FOREIGN/);
        await asked.goOn();
        await page.waitForURL(/accounts.login/);
        await byId(page, 'login-error').filter({ hasText: SOMEBODY_ELSE }).waitFor();
      });
      assert.equal(await countOf(demo), 60);
    }));
}

test('another login of the same user serves an open page, too',
  withDesk({}, EXPECTED, async (world, desk) => {
    const demo = await world.token('demo');
    await place(demo, many(2));
    const page = await desk.login();
    await logInBeside(desk, 'demo');
    await fillTicket(page);
    await page.keyboard.press('Enter');
    await said(page, '(Buy EDF01) is placed.');
    await state(page, 'live');
    assert.equal(await countOf(demo), 3);
    // And so one can log out there.
    await page.locator('#user-menu summary').click();
    await page.locator('#user-menu form[method=post] button').click();
    await page.waitForURL(/accounts.login/);
    assert.equal((await desk.context.request.get(`${desk.url}/api/me/`)).status(),
                 401);
  }));
