// The audit: who did what, filtered, older on demand.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { byId, closeBrowser, many, openBrowser, place, withDesk }
  from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

const rows = (page) => page.locator('#audit tbody tr:has(td:not(.empty))');
const count = (page, text) => byId(page, 'audit-count')
  .getByText(text, { exact: true }).waitFor();

test('newest first, older on demand, filtered by who, whom, what and order',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    await place(demo, many(60));
    const boss = await world.token('boss');
    const { body } = await boss.patch('/api/data/5/', { price: '77' });
    assert.equal(body.price, '77');
    const page = await desk.at('/admin/audit/?action=order', 'boss');
    await count(page, '50 actions shown, and there are older ones');
    assert.match(await rows(page).first().innerText(),
      /boss\s+127\.0\.0\.1\s+changed an order\s+order 5\s+of\s+demo\s+price 4\.5 → 77/);
    await byId(page, 'older').click();
    await count(page, '61 actions in all');
    assert.equal(await rows(page).count(), 61);
    assert.equal(await byId(page, 'older').isVisible(), false);

    await byId(page, 'filter-actor').fill('boss');
    await count(page, '1 action in all');
    assert.match(page.url(), /actor=boss/);
    await page.reload();
    await count(page, '1 action in all');
    await rows(page).first().getByText('order 5').click();
    await count(page, '2 actions in all');
    assert.equal(await byId(page, 'filter-order').inputValue(), '5');
    await byId(page, 'filter-action').selectOption('order.new');
    await count(page, '1 action in all');
    assert.match(await rows(page).first().innerText(), /demo.*placed an order/s);
    await byId(page, 'filters-clear').click();
    await byId(page, 'filter-until').fill('2001-01-01');
    await count(page, '0 actions in all');
    await page.getByText('No action matches the filters.')
      .waitFor();
  }));

test('what was done to logins is there in words',
  withDesk({}, {}, async (world, desk) => {
    await world.follow(await world.token('demo'));
    const boss = await world.login('boss');
    const path = '/api/users/1/sockets/';
    const { body: { results: [{ id }] } } = await boss.get(path);
    assert.equal((await boss.delete(`${path}${id}/`)).status, 204);
    const page = await desk.at('/admin/audit/', 'boss');
    await byId(page, 'filter-action').selectOption('socket');
    await count(page, '1 action in all');
    assert.match(await rows(page).first().innerText(),
                 /boss\s+127\.0\.0\.1\s+ended a socket\s+demo/);
  }));

test('a filter that can not be is refused in words, and rows stay',
  withDesk({}, { expected: [/status of 400/] }, async (world, desk) => {
    await place(await world.token('demo'), many(2));
    const page = await desk.at('/admin/audit/?action=order', 'boss');
    await count(page, '2 actions in all');
    await byId(page, 'filter-order').fill('seven');
    await byId(page, 'error-bar').filter({ hasText: /order/ }).waitFor();
    assert.equal(await rows(page).count(), 2);
    await page.keyboard.press('Backspace');
    await byId(page, 'filters-clear').click();
    await byId(page, 'error-bar').waitFor({ state: 'hidden' });
  }));

test('who failed to log in is not a command, and instruments have words',
  withDesk({}, {}, async (world, desk) => {
    const boss = await world.login('boss');
    const refused = await boss.post('/api/token/',
      { username: 'demo', password: 'wrong' });
    assert.equal(refused.status, 401);
    await boss.post('/api/instruments/', { symbol: 'EDF01' });
    const page = await desk.at('/admin/audit/', 'boss');
    await byId(page, 'filter-action').selectOption('login');
    await rows(page).filter({ hasText: /unknown\s*127\.0\.0\.1\s*failed to log in/ })
      .first().waitFor();
    await byId(page, 'filter-action').selectOption('instrument');
    await rows(page).filter({ hasText: /boss.*added an instrument/s }).waitFor();
  }));

test('what was refused again and again says how often, and in which minute',
  withDesk({}, { timezoneId: 'UTC' }, async (world, desk) => {
    await world.token('demo');
    // It is written when the minute is over.
    await desk.context.route('**/api/audit/*', async (route) => {
      const answer = await route.fetch();
      const body = await answer.json();
      body.results.unshift({ ...body.results[0], action: 'refused.forbidden',
        changes: { count: [null, 6], minute: [null,
                                              '2026-01-31T14:29:00.000000Z'] } });
      await route.fulfill({ response: answer, json: body });
    });
    const page = await desk.at('/admin/audit/', 'boss');
    const row = rows(page).filter({ hasText: 'was refused: not allowed' });
    await row.waitFor();
    assert.match(await row.innerText(),
      /times 6\s*in the minute from 2026-01-31 14:29 UTC/);
    assert.doesNotMatch(await row.innerText(), /000000Z/);
  }));
