// What a dialog and the rows of a grid are acted on by: by mouse, and by keys.
import { agreeByKeys, byId, idsOf, row } from './page.mjs';

export const open = (page, id) => page.locator(`#${id}[open]`).waitFor();
export const shut = (page, id) => page.locator(`#${id}:not([open])`)
  .waitFor({ state: 'attached' });
export const keepMine = (page) => byId(page, 'keep-mine');
export const KEEP = {
  mouse: (page) => keepMine(page).click(),
  async keys(page) {
    while (!await keepMine(page).evaluate((one) =>
      one === document.activeElement)) await page.keyboard.press('Tab');
    await page.locator('[data-testid=keep-mine]:not([aria-disabled])').waitFor();
    await page.keyboard.press('Enter');
  },
};

// The question's "yes", which Enter alone never is.
export const AGREE = {
  mouse: (page) => byId(page, 'confirm-yes').click(),
  keys: agreeByKeys,
};
export const CANCEL = {
  mouse: (page) => byId(page, 'order-cancel').click(),
  keys: (page) => page.keyboard.press('c'),
};
export const CHOOSE = {
  mouse: async (page, ids) => {
    for (const id of ids) await row(page, id).locator('.choose').click();
  },
  // From the top, by arrows and Space.
  async keys(page, ids) {
    await page.locator('body').press('ArrowDown');
    await page.keyboard.press('Home');
    for (const id of await idsOf(page)) {
      await page.locator(`#order-${id}:focus`).waitFor();
      if (ids.includes(id)) await page.keyboard.press('Space');
      if (id === Math.min(...ids)) return;
      await page.keyboard.press('ArrowDown');
    }
  },
};
