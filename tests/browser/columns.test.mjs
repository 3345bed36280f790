// At every width, and zoomed, the columns that are there can be read, and those
// that a trade is made of are there.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { closeBrowser, loaded, openBrowser, place, state, withDesk }
  from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

const [FROM, TO, STEP] = [320, 1600, 20];

// Runs in the page: what can't be read in it.
function unreadable() {
  const faults = [];
  const isCut = (one) => one.scrollWidth > one.clientWidth;
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
          await page.locator(`#order-${order.id}`).waitFor();
          await page.locator('#orders td.col-quantity')
            .getByText(shown(locale)).first().waitFor();
          await page.evaluate(`window.unreadable = ${unreadable}`);
          for (let width = FROM; width <= TO; width += STEP) {
            if (width < FROM * scale) continue;
            await page.setViewportSize(
              { width: Math.round(width / scale), height: 800 });
            // Folding follows the width a moment later.
            await page.waitForFunction(() => !window.unreadable().length)
              .catch(async (error) => assert.fail(`at ${width}: ` +
                (await page.evaluate(unreadable)).join('; ') || error));
          }
        }));
  }
}
