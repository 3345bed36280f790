// At every width, and zoomed, the columns that are there can be read, and those
// that a trade is made of are there, while 20 changes arrive each second; and
// what is done there is done to the order that is meant.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { agreeByKeys, byId, closeBrowser, loaded, openBrowser, place, row, said,
         state, withDesk } from './lib/page.mjs';
import { withTraffic } from './lib/traffic.mjs';

before(openBrowser);
after(closeBrowser);

const [FROM, TO, STEP] = [320, 1600, 20];

// Runs in the page: what can't be read in it.
function unreadable() {
  const faults = [];
  const isCut = (one) => one.scrollWidth > one.clientWidth &&
    getComputedStyle(one).overflowX !== 'visible';
  for (const grid of document.querySelectorAll('table.grid')) {
    const of = grid.id || 'monitor';
    for (const one of grid.querySelectorAll('thead th')) {
      const title = one.querySelector('.dt-column-title') ?? one;
      if (!one.matches('.col-choose') && one.checkVisibility() && isCut(title))
        faults.push(`${of} ${one.className}`);
    }
    for (const one of grid.querySelectorAll('tbody tr:not(.note) > td, ' +
        'tbody .instrument, tbody .owner, tbody .pill')) {
      if (one.checkVisibility() && isCut(one) && !one.matches('.col-changed'))
        faults.push(`${of} ${one.className} ${one.textContent}`);
    }
    if (isCut(grid.parentElement)) faults.push(`${of} scrolls sideways`);
  }
  for (const name of ['instrument', 'side', 'quantity', 'price']) {
    if (!document.querySelector(`#orders td.col-${name}`)?.checkVisibility())
      faults.push(`no ${name}`);
  }
  return [...new Set(faults)];
}

const shown = (locale) => ({ 'de-DE': '1.234,5', 'en-US': '1,234.5' })[locale];

// Searched for, it is the one row there is.
async function cancel(page, { id, instrument }, byKeys) {
  const box = byId(page, 'orders-search');

  await box.fill(instrument);
  await page.waitForFunction((wanted) => [...document.querySelectorAll(
    '#orders > tbody > tr[id]')].map((one) => one.id).join() === wanted,
  `order-${id}`);
  if (byKeys) {
    await box.press('ArrowDown');
    await page.locator(`#order-${id}:focus`).waitFor();
    await page.keyboard.press('c');
    await page.locator('#confirm[open]').waitFor();
    await agreeByKeys(page);
  } else {
    await row(page, id).locator('.col-price').click();
    await byId(page, 'order-cancel').click();
    await byId(page, 'confirm-yes').click();
  }
  await said(page, 'is canceled.');
  await page.locator(`#order-${id}`).press('Escape');
  await box.press('Escape');
}

for (const path of ['/', '/admin/orders/']) {
  for (const [locale, scale] of [['de-DE', 1], ['en-US', 2]]) {
    const zoom = scale === 2 ? ', zoomed to 200 %' : '';

    test(`${path} from ${FROM} to ${TO} pixels${zoom}`,
      withDesk({}, { locale, deviceScaleFactor: scale },
        async (world, desk) => {
          const boss = await world.token('boss');
          await place(boss, Array.from({ length: 3 }, (_, i) => (
            { instrument: 'EDF01', side: i ? 'sell' : 'buy',
              quantity: '1234.5', price: `${i ? -1 : ''}250.25` })));
          await boss.patch('/api/data/1/',
            { status: 'partially_filled', filled_quantity: '1000.5' });
          const page = await desk.at(path, 'boss');
          await loaded(page);
          await state(page, 'live');
          const order = await boss.order({ instrument: 'EDF01' });
          await boss.patch(`/api/data/${order.id}/`, { quantity: '2000.75' });
          await row(page, order.id).waitFor();
          await page.locator('#orders td.col-quantity')
            .getByText(shown(locale)).first().waitFor();
          await page.evaluate(`window.unreadable = ${unreadable}`);
          const widths = [];
          for (let width = FROM * scale; width <= TO; width += STEP)
            widths.push(width);
          const acts = widths.filter((_, i) =>
            i % Math.ceil(widths.length / 4) === 0);
          const meant = await place(boss, acts.map((width) => (
            { instrument: `ACT${width}`, quantity: '5', price: '6.5' })));
          await withTraffic(boss, [order.id], async () => {
            for (const width of widths) {
              await page.setViewportSize(
                { width: Math.round(width / scale), height: 800 });
              // Folding follows the width a moment later.
              await page.waitForFunction(() => !window.unreadable().length)
                .catch(async (error) => assert.fail(`at ${width}: ` +
                  (await page.evaluate(unreadable)).join('; ') || error));
              if (acts.includes(width))
                await cancel(page, meant[acts.indexOf(width)],
                             acts.indexOf(width) % 2 === 1);
            }
          }, { name: 'T' }); // as long as instruments are
          for (const { id } of meant)
            assert.equal((await boss.get(`/api/data/${id}/`)).body.status,
                         'canceled');
          for (const id of [1, 2, 3, order.id])
            assert.notEqual((await boss.get(`/api/data/${id}/`)).body.status,
                            'canceled');
        }));
  }
}
