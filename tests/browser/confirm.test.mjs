// The password again, where what is done could take an account over.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { change } from '../e2e/lib/rows.mjs';
import { byId, closeBrowser, openBrowser, withDesk } from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

const REFUSED = [/status of 4\d\d/];
const longAgo = (world) => change(world.database,
  'UPDATE session SET confirmed = 0');
const field = (page) => page.locator('#password-again');

test('the account page asks, then sends again what was refused', withDesk(
  {}, { expected: REFUSED }, async (world, desk) => {
    const page = await desk.at('/accounts/', 'demo');
    await page.waitForFunction(() =>
      document.getElementById('sessions').querySelector('tbody tr button'));
    await longAgo(world);
    await page.fill('#email', 'demo@example.com');
    await page.locator('#details button[type=submit]').click();
    await field(page).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.id),
                 'password-again');
    // Left without: the refusal is said where it was sent.
    await page.keyboard.press('Escape');
    await page.locator('#details .form-error')
      .filter({ hasText: 'your password again' }).waitFor();
    await page.locator('#details button[type=submit]').click();
    await field(page).waitFor();
    await page.keyboard.press('Enter');
    await page.locator('#password-again-error').waitFor();
    await field(page).fill('wrong');
    await page.keyboard.press('Enter');
    await page.locator('#password-again-error')
      .filter({ hasText: 'Is not your password' }).waitFor();
    await field(page).fill('demo-secret');
    await page.keyboard.press('Enter');
    await page.locator('#details .said').filter({ hasText: 'Saved.' })
      .waitFor();
    assert.equal((await (await world.token('demo')).get('/api/me/')).body.email,
                 'demo@example.com');
    assert.equal(await field(page).inputValue(), 'demo-secret');
    await longAgo(world);
    await byId(page, 'token-open').click();
    await page.fill('#token-name', 'mine');
    await page.keyboard.press('Enter');
    await field(page).waitFor();
    assert.equal(await field(page).inputValue(), '', 'not kept');
    await field(page).fill('demo-secret');
    await page.keyboard.press('Enter');
    await byId(page, 'token-made').waitFor();
  }));

test('so do the pages of users and of the API', withDesk(
  {}, { expected: REFUSED }, async (world, desk) => {
    const boss = await world.token('boss');
    const { id } = (await boss.get('/api/users/?search=demo')).body.results[0];
    const page = await desk.at(`/admin/users/${id}/`, 'boss');
    await page.locator('#user').waitFor();
    await longAgo(world);
    await page.locator('#details input[name=is_staff]').check();
    await page.locator('#details button[type=submit]').click();
    await field(page).fill('boss-secret');
    await page.keyboard.press('Enter');
    await page.locator('#details .said').filter({ hasText: 'Saved' }).waitFor();
    assert.equal((await boss.get(`/api/users/${id}/`)).body.is_staff, true);
    await longAgo(world);
    await page.goto(`/api/users/${id}/`);
    await byId(page, 'patch-card').locator('summary').click();
    await byId(page, 'patch-raw').click();
    await byId(page, 'patch-body').fill('{"is_staff": false}');
    await byId(page, 'patch-send').click();
    await field(page).fill('boss-secret');
    await page.keyboard.press('Enter');
    await page.locator('[data-testid=patch-result] .outcome-well').waitFor();
    assert.equal((await boss.get(`/api/users/${id}/`)).body.is_staff, false);
  }));
