// The pages behind the real proxies, by https and HTTP/2, below a prefix: nothing
// is asked for beside it, and all of it works.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { behind, haproxy, nginx } from '../e2e/lib/front.mjs';
import { Desk, LOGGED_OUT, byId, closeBrowser, coloured, enter, loaded, openBrowser, state }
  from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

const prefix = { path: '/desk' };
const fronts = [
  ['nginx, which leaves the prefix', { ...prefix, front: (world, port) =>
    nginx(world, { port, changes: { 'location /': 'location /desk/',
      'Host $host': 'Host $http_host' } }) }],
  ['nginx, which takes the prefix off', { ...prefix, front: (world, port) =>
    nginx(world, { port, changes: { 'location /': 'location /desk/',
      'proxy_pass http://lws_app;': 'proxy_pass http://lws_app/;' } }) }],
  ['haproxy, at the root', { front: (world, port) => haproxy(world, { port }) }],
];

for (const [what, options] of fronts) {
  test(`the desk behind ${what}`, () => behind(options, async (world) => {
    const desk = await Desk.open(world, { ignoreHTTPSErrors: true,
      expected: LOGGED_OUT });
    try {
      const page = await desk.page('/');
      assert.equal(page.url(), `${world.url}/accounts/login/?next=/`);
      await enter(page, 'boss');
      await loaded(page);
      await state(page, 'live');
      const session = await world.token('boss');
      const { id } = await session.order();
      await coloured(page, id, 'new');

      for (const path of ['/admin/', '/admin/orders/', '/admin/users/',
                          '/admin/audit/', '/accounts/']) {
        const link = page.locator(`a[href="${new URL(world.url).pathname
          .replace(/\/$/, '')}${path}"]`).first();
        await (await link.count() && await link.isVisible()
          ? link.click() : page.goto(world.url + path));
        await page.waitForURL(world.url + path);
        await page.waitForLoadState('networkidle');
      }
      await page.goto(`${world.url}/admin/users/`);
      await page.locator('tbody a').filter({ hasText: 'demo' }).click();
      await page.locator('#user-title').filter({ hasText: 'demo' }).waitFor();
      await page.locator('#user-orders').click();
      await page.waitForURL(`${world.url}/admin/orders/?owner=demo`);

      await page.goto(`${world.url}/api/data/?page_size=1`);
      await byId(page, 'answer-status').filter({ hasText: '200' }).waitFor();
      assert.equal(await page.title(), '/api/data/ - lws-app');
      await page.locator('#answer-body a').first().click();
      await page.waitForURL((url) => url.href.startsWith(`${world.url}/api/`));
      await page.goto(`${world.url}/api/docs/`);
      await page.locator('.operation-try').first().click();
      await page.waitForURL((url) => url.href.startsWith(`${world.url}/api/`));

      await page.goto(`${world.url}/`);
      await loaded(page);
      await page.locator('#user-menu summary').click();
      await page.locator('#user-menu form button').click();
      await page.waitForURL(`${world.url}/accounts/login/`);
    } finally {
      await desk.close();
    }
  }));
}
