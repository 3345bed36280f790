// What a user chooses in one browser, in the others.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { Desk, byId, closeBrowser, openBrowser, withDesk }
  from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

const looks = (page) => page.evaluate(() => {
  const { theme, density } = document.documentElement.dataset;
  return [theme, density];
});
const choose = (page, name) => page.locator('#looks')
  .getByLabel(name, { exact: true }).check();
const until = (page, theme) => page.waitForFunction((wanted) =>
  document.documentElement.dataset.theme === wanted, theme);

// Answers of the server to changes, until the last of them.
const answered = (page, theme, zone) => page.waitForResponse(
  async (response) => response.request().method() === 'PATCH' &&
    (await response.json()).settings.zone === zone &&
    (await response.json()).settings.theme === theme);

test('looks are chosen in one browser and found in another, of that user alone',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const page = await desk.at('/accounts/', 'demo');
    await byId(page, 'user-menu').click();
    const first = answered(page, 'dark', 'UTC');
    await choose(page, 'Dark');
    await choose(page, 'Compact');
    await choose(page, 'UTC');
    await first;
    assert.deepEqual((await demo.get('/api/me/settings/')).body.settings,
                     { theme: 'dark', density: 'compact', zone: 'UTC' });
    const second = await Desk.open(world);
    const other = await second.at('/accounts/', 'demo');
    await until(other, 'dark');
    assert.deepEqual(await looks(other), ['dark', 'compact']);
    assert.equal(await other.locator('[name=clock][value=utc]').isChecked(),
                 true);
    // And back, which the first one finds when it comes again.
    await byId(other, 'user-menu').click();
    const back = answered(other, 'light', '');
    await choose(other, 'Light');
    await choose(other, 'Local');
    await back;
    await page.reload();
    await until(page, 'light');
    await page.locator('[name=clock][value=local]:checked')
      .waitFor({ state: 'attached' });
    const third = await Desk.open(world);
    const stranger = await third.at('/accounts/', 'other');
    await byId(stranger, 'user-menu').click();
    assert.equal((await looks(stranger))[0], undefined);
    await second.close();
    await third.close();
  }));

test('what can\'t be kept is remembered here',
  withDesk({}, { expected: [/ERR_FAILED/] }, async (world, desk) => {
    const page = await desk.at('/accounts/', 'demo');
    await desk.context.route('**/api/me/settings/', (route) => route.abort());
    await byId(page, 'user-menu').click();
    await choose(page, 'Dark');
    await page.reload();
    await until(page, 'dark');
  }));
