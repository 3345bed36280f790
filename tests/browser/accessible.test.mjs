// Every page, in the dark and in the light, held to the rules of axe.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import test, { after, before } from 'node:test';
import { enrol } from '../e2e/lib/totp.mjs';
import { byId, closeBrowser, enter, many, openBrowser, place, rowsOf, takeSide,
         withDesk } from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

const axe = await readFile(
  createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// The pages' policy lets in no script but their own: it is run, not loaded.
async function assertAccessible(page, what) {
  // A grid whose rows are late is dimmed until they come.
  await page.waitForFunction(() => [...document.querySelectorAll('.grid')]
    .every((grid) => getComputedStyle(grid).opacity === '1'));
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => axe.run(document, {
    resultTypes: ['violations'] }));
  const faults = violations
    .filter(({ impact }) => ['serious', 'critical'].includes(impact))
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) =>
      `${target} (${failureSummary})`).join('; ')}`);
  assert.deepEqual(faults, [], what);
}

const listed = (page, id) => page.locator(`#${id} tbody tr td:not(.empty)`)
  .first().waitFor();
const ready = (page) => page.locator('body[data-state=ready]').waitFor();
const opened = (id) => (page) => page.locator(`#${id}[open]`).waitFor();

// path, then what is there when it is whole, and what is opened on it.
const PAGES = [
  ['/', (page) => rowsOf(page).first().waitFor(), {
    'new order': async (page) => {
      await byId(page, 'order-new').click();
      await page.locator('#ticket button[type=submit]').click();
      await page.locator('#ticket-price-error').waitFor();
    },
    'a price far from the last': async (page) => {
      await page.keyboard.press('n');
      await page.fill('#ticket-instrument', 'INS0');
      await takeSide(page);
      await page.fill('#ticket-quantity', '1');
      await page.fill('#ticket-price', '9');
      await byId(page, 'ticket-warning').filter({ hasText: 'away' }).waitFor();
    },
    question: async (page) => {
      await rowsOf(page).first().click();
      await page.keyboard.press('c');
      await opened('confirm')(page);
    },
    market: async (page) => {
      await page.keyboard.press('m');
      await page.fill('#market-symbol', 'INS0');
      await page.keyboard.press('Enter');
      await page.locator('#market-rows tr').waitFor();
      await page.evaluate(() => localStorage.clear());
    },
    'not live': async (page) => {
      await page.keyboard.press('r');
      await byId(page, 'stale').waitFor();
      await rowsOf(page).first().click();
      await page.fill('#orders-search', 'INS1');
      await byId(page, 'chosen-count').waitFor();
      await page.evaluate(() => localStorage.clear());
    },
    keys: async (page) => {
      await page.keyboard.press('?');
      await opened('help')(page);
    },
    menu: async (page) => byId(page, 'user-menu').click(),
    filters: async (page) => {
      await page.keyboard.press('f');
      await byId(page, 'filters-more').click();
      await byId(page, 'filter-price-to').fill('x');
      await page.locator('.filters-fault').filter({ hasText: 'Price' })
        .waitFor();
      await byId(page, 'filter-side').selectOption('buy');
      await byId(page, 'filtered-words').waitFor();
      await byId(page, 'filter-status').click();
    },
    totals: async (page) => {
      await byId(page, 'totals-more').click();
      await byId(page, 'totals-instruments').locator('tr').first().waitFor();
      await page.evaluate(() => localStorage.clear());
    },
    columns: async (page) => {
      await page.keyboard.press('l');
      await opened('columns')(page);
      for (const name of ['fill', 'notional', 'age'])
        await page.locator(`[data-name=${name}] [data-part=shown]`).check();
      await page.locator('[data-name=instrument] [data-part=pin]').click();
      await page.locator('#orders .fill').first().waitFor();
      await page.evaluate(() => sessionStorage.clear());
    },
    alerts: async (page) => {
      await page.keyboard.press('a');
      await opened('alerts')(page);
      await page.locator('#alert-new [type=submit]').click();
      await byId(page, 'alert-rules').locator('li').waitFor();
    },
    'change of several': async (page) => {
      for (const nth of [0, 1])
        await rowsOf(page).nth(nth).locator('.choose').click();
      await byId(page, 'order-change').click();
      await opened('change-many')(page);
      await byId(page, 'change-many-amount').fill('900');
      await page.keyboard.press('Enter');
      await page.locator('#confirm .note.odd').first().waitFor();
    },
    'ticket defaults': async (page) => {
      await page.keyboard.press('n');
      await byId(page, 'defaults-open').click();
      await opened('defaults')(page);
    },
    'cancel all': async (page) => {
      await byId(page, 'order-cancel-all').click();
      await opened('cancel-all')(page);
    },
  }],
  ['/orders/1/', (page) => page.locator('#order-path li').first().waitFor()],
  ['/orders/999/', (page) => byId(page, 'order-missing').waitFor()],
  ['/admin/', (page) => listed(page, 'recent')],
  ['/admin/orders/', (page) => rowsOf(page).first().waitFor(), {
    'a cell': async (page) => {
      await rowsOf(page).first().locator('.choose').click();
      await page.keyboard.press('Enter');
      await page.keyboard.type('x');
      await page.keyboard.press('Enter');
      await page.locator('.cell-error').filter({ hasText: /./ }).waitFor();
    },
    'a question about two': async (page) => {
      for (const i of [0, 2]) await rowsOf(page).nth(i).locator('.choose').click();
      await page.keyboard.press('c');
      await opened('confirm')(page);
    },
    history: async (page) => {
      await rowsOf(page).first().click();
      await page.keyboard.press('h');
      await page.locator('#history-list li').first().waitFor();
    },
  }],
  ['/admin/users/', (page) => listed(page, 'users'), {
    'new user': async (page) => {
      await byId(page, 'user-add').click();
      await page.locator('#user-new button[type=submit]').click();
      await page.locator('#username-error').waitFor();
    },
  }],
  ['/admin/users/1/', (page) => byId(page, 'user-title')
    .filter({ hasText: 'demo' }).waitFor()],
  ['/admin/users/999/', (page) => byId(page, 'user-missing').waitFor()],
  ['/admin/instruments/', (page) => page.getByText('No instruments yet.')
    .waitFor(), {
    'new instrument': async (page) => {
      await byId(page, 'instrument-add').click();
      await page.locator('#instrument button[type=submit]').click();
      await page.locator('#symbol-error').waitFor();
    },
  }],
  ['/admin/audit/', (page) => listed(page, 'audit')],
  ['/admin/import/', (page) => byId(page, 'import-check').waitFor(), {
    'a file with an error': async (page) => {
      await page.setInputFiles('#file', { name: 'orders.csv',
        mimeType: 'text/csv', buffer: Buffer.from(
          'instrument,quantity,price\nEDF01,x,7\nEDF01,1,7\n') });
      await byId(page, 'import-check').click();
      await byId(page, 'import-faults').locator('tbody tr').first().waitFor();
    },
  }],
  ['/accounts/', (page) => page.locator('#sessions tbody button').waitFor(), {
    'new token': async (page) => {
      await byId(page, 'token-open').click();
      await opened('token-new')(page);
    },
    'a second factor': async (page) => {
      await byId(page, 'factor-begin').click();
      await page.locator('#factor-qr svg').waitFor();
    },
  }],
  ['/nowhere/', (page) => page.getByText('404').waitFor()],
  ['/api/', ready],
  ['/api/data/', ready],
  ['/api/docs/', ready],
];

for (const colorScheme of ['dark', 'light']) {
  test(`every page can be used by all, ${colorScheme}`,
    withDesk({}, { colorScheme, expected: [/status of 4\d\d/] },
      async (world, desk) => {
        await place(await world.token('boss'), many(4));
        await (await world.token('boss')).patch('/api/data/2/',
          { status: 'rejected' });
        const page = await desk.page('/');
        await assertAccessible(page, 'login');
        await enter(page, 'boss', 'wrong');
        await byId(page, 'login-error').filter({ hasText: 'wrong' }).waitFor();
        await assertAccessible(page, 'login refused');
        await enrol(await world.login('demo'));
        await enter(page, 'demo');
        await page.fill('#code', '000000');
        await page.keyboard.press('Enter');
        await byId(page, 'login-error').filter({ hasText: 'code' }).waitFor();
        await assertAccessible(page, 'code refused');
        await page.goto('/accounts/login/');
        await enter(page, 'boss');
        await page.waitForURL(`${world.url}/`);
        for (const [path, whole, opens = {}] of PAGES) {
          await page.goto(path);
          await whole(page);
          await assertAccessible(page, path);
          for (const [what, open] of Object.entries(opens)) {
            await open(page);
            await assertAccessible(page, `${path} ${what}`);
            await page.goto(path);
            await whole(page);
          }
        }
      }));
}
