// On paper, in forced colours, by touch, and as who can't see them is told.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { byId, closeBrowser, idsOf, info, loaded, many, openBrowser, place, row,
         withDesk } from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

const DESKS = [['/', 'demo'], ['/admin/orders/', 'boss']];
const style = (locator, name) => locator.evaluate((one, property) =>
  getComputedStyle(one)[property], name);

for (const [path, user] of DESKS) {
  test(`${path} on paper: all rows of the page, and nothing to press`,
    withDesk({}, { colorScheme: 'dark' }, async (world, desk) => {
      await place(await world.token('demo'), many(60));
      const page = await desk.at(path, user);
      await info(page, '1–25 of 60');
      await page.emulateMedia({ media: 'print' });
      const ids = await idsOf(page);
      for (const id of [ids[0], ids.at(-1)]) {
        const { inside, color } = await row(page, id).evaluate((one) => {
          let at = one.parentElement;
          while (at && getComputedStyle(at).overflowY === 'visible')
            at = at.parentElement;
          return { inside: at?.className,
                   color: getComputedStyle(one.cells[1]).color };
        });
        assert.equal(inside, undefined);
        const [light] = color.match(/\d+/g).map(Number);
        assert.ok(light < 110, color);
      }
      for (const one of ['.bar', '.tools', '.dt-paging', '.search', '.monitor',
        '.market'])
        assert.equal(await page.locator(one).filter({ visible: true }).count(),
                     0, one);
      assert.deepEqual(await page.locator('main button').filter({ visible: true })
        .allInnerTexts(), []);
      assert.equal(await page.locator('.dt-info').isVisible(), true);
    }));

  test(`${path} on paper: long names fit, and no number or word is broken`,
    withDesk({}, {}, async (world, desk) => {
      await place(await world.token('demo'), [
        { instrument: 'W'.repeat(80), quantity: '122839217.5', price: '1.25' },
        { instrument: 'A', quantity: '1', price: '-0.00000001' }]);
      const page = await desk.at(path, user);
      await info(page, '1–2 of 2');
      await page.emulateMedia({ media: 'print' });
      await page.setViewportSize({ width: 740, height: 1000 });
      const [is, may] = await page.evaluate(() =>
        [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(is <= may, `${is} > ${may}`);
      const broken = await page.locator('#orders tbody :is(.decimal, .side, ' +
        '.pill)').evaluateAll((all) => all.filter((one) =>
        one.getClientRects().length > 1 || one.offsetHeight > 24)
        .map(({ innerText }) => innerText));
      assert.deepEqual(broken, []);
    }));

  test(`${path} in forced colours: what is chosen and where the focus is can ` +
    'be told', withDesk({}, { forcedColors: 'active' },
      async (world, desk) => {
        await place(await world.token('demo'), many(3));
        const page = await desk.at(path, user);
        await loaded(page);
        const [first, second] = await idsOf(page);
        await row(page, second).click();
        const ground = (id) => style(row(page, id).locator('td').first(),
                                     'backgroundColor');
        assert.notEqual(await ground(second), await ground(first));
        assert.match(await style(row(page, second), 'outlineStyle'), /solid/);
        const button = byId(page, 'realtime-button');
        const isIn = await style(button, 'backgroundColor');
        await button.click();
        await page.locator('#realtime[aria-pressed=false]').waitFor();
        assert.notEqual(await style(button, 'backgroundColor'), isIn);
      }));

  test(`${path}: a grid whose rows are chosen, and a pager named as it is seen`,
    withDesk({}, {}, async (world, desk) => {
      await place(await world.token('demo'), many(60));
      const page = await desk.at(path, user);
      await info(page, '1–25 of 60');
      const [first] = await idsOf(page);
      await row(page, first).click();
      // As Chromium tells it to whoever asks for it.
      const session = await page.context().newCDPSession(page);
      const { nodes } = await session.send('Accessibility.getFullAXTree');
      await session.detach();
      const of = (role) => nodes.filter((node) => !node.ignored &&
        node.role?.value === role);
      const [grid] = of('grid');
      assert.match(grid.name.value, /[Oo]rders$/);
      const chosen = of('row').filter((node) => node.properties.some(
        ({ name, value }) => name === 'selected' && value.value));
      assert.equal(chosen.length, 1);
      assert.ok(of('gridcell').length >= 25 * 5);
      assert.ok(of('columnheader').length >= 5);
      const names = of('button').map((node) => node.name.value);
      for (const name of ['1', '2', '3', 'First page', 'Previous page',
                          'Next page', 'Last page'])
        assert.ok(names.includes(name), `${name} of ${names.join('|')}`);
      // Nothing that can be pressed is without a name.
      for (const role of ['button', 'link', 'textbox', 'searchbox', 'checkbox',
                          'combobox', 'radio'])
        assert.deepEqual(of(role).filter((node) => !node.name.value), []);
    }));
}

test('all of a box\'s cell means the box',
  withDesk({}, {}, async (world, desk) => {
    const [one, two] = await place(await world.token('demo'), many(2));
    const page = await desk.at('/admin/orders/', 'boss');
    await loaded(page);
    const box = ({ id }) => row(page, id).locator('.choose');
    await row(page, one.id).locator('td.col-choose').click(
      { position: { x: 2, y: 2 } });
    await byId(page, 'chosen-count').filter({ hasText: '1 selected' }).waitFor();
    assert.deepEqual([await box(one).isChecked(), await box(two).isChecked()],
                     [true, false]);
    await box(two).click();
    await byId(page, 'chosen-count').filter({ hasText: '2 selected' }).waitFor();
    await box(one).click();
    await byId(page, 'chosen-count').filter({ hasText: '1 selected' }).waitFor();
    assert.deepEqual([await box(one).isChecked(), await box(two).isChecked()],
                     [false, true]);
  }));

for (const [path, user] of [...DESKS, ['/admin/', 'boss'],
  ['/admin/users/', 'boss'], ['/admin/users/1/', 'boss'],
  ['/admin/instruments/', 'boss'], ['/admin/import/', 'boss'],
  ['/admin/audit/', 'boss'], ['/accounts/', 'demo'],
  ['/nowhere/', 'demo'], ['/orders/1/', 'demo'], ['/api/data/', 'demo'],
  ['/api/data/1/', 'demo'], ['/api/docs/', 'demo'],
  ['/accounts/login/', null]])
  for (const [width, height] of [[390, 844], [1440, 900]])
    test(`${path} at ${width}: every target is 24 by 24 pixels at least`,
      withDesk({}, { viewport: { width, height }, expected: [/404/] },
              async (world, desk) => {
        await place(await world.token('demo'), many(30));
        const page = user ? await desk.at(path, user) : await desk.page(path);
        await page.locator('main').waitFor();
        await page.waitForLoadState('networkidle');
        // A link in a sentence, or in a text, is as high as its line.
        const small = await page.evaluate(() => [...document.querySelectorAll(
          'button, select, summary, input:not([type=hidden], .unseen), ' +
          'a:not(p a, td a, li a, pre a)')]
          .filter((one) => one.checkVisibility())
          // What is pressed for it, too.
          .map((one) => [one, (one.closest('label, td.col-choose') ?? one)
            .getBoundingClientRect()])
          .filter(([, { width: w, height: h }]) => w && h &&
            (w < 23.5 || h < 23.5))
          .map(([one, { width: w, height: h }]) =>
            `${one.id || one.className || one.textContent}: ${w} x ${h}`));
        assert.deepEqual(small, []);
      }));

test('a number is one word to who hears it, and points stand in line',
  withDesk({}, {}, async (world, desk) => {
    await place(await world.token('demo'), [
      { instrument: 'A', quantity: '1234.5', price: '338.67' },
      { instrument: 'B', quantity: '12', price: '7.5' }]);
    const page = await desk.at('/', 'demo');
    await loaded(page);
    for (const name of ['1,234.5', '338.67', '7.5'])
      await page.getByRole('gridcell', { name, exact: true }).waitFor();
    // Of the price the point, and where a whole number ends the same place.
    const ends = (column) => page.locator(`#orders tbody .col-${column} .decimal`)
      .evaluateAll((all) => all.map((one) => {
        const [text] = one.childNodes;
        const range = document.createRange();
        const point = text.data.indexOf('.');
        range.setStart(text, 0);
        range.setEnd(text, point < 0 ? text.length : point);
        return range.getBoundingClientRect().right;
      }));
    for (const column of ['quantity', 'price']) {
      const [one, other] = await ends(column);
      assert.ok(Math.abs(one - other) < 2, `${column}: ${one} ${other}`);
    }
  }));
