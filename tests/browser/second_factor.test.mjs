// The second factor on the pages: set up with a QR code, asked for at the
// login, its recovery codes, demanded, taken away.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test, { after, before } from 'node:test';
import { decodeQR } from 'qr/decode.js';
import { change } from '../e2e/lib/rows.mjs';
import { codeOf, enrol, forgetUse, wrongCode } from '../e2e/lib/totp.mjs';
import { Desk, LOGGED_OUT, byId, closeBrowser, enter, openBrowser, state,
         withDesk } from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

const REFUSED = [/status of 4\d\d/, ...LOGGED_OUT];
const within = (page, text) => page.locator('#factor .said')
  .filter({ hasText: text }).waitFor();
const shown = (page, id) => page.locator(`#${id}:visible`).waitFor();

// What a camera would see, read by the other half of the library.
async function scan(page) {
  const modules = await page.locator('#factor-qr path').evaluate((path) => {
    const size = path.ownerSVGElement.viewBox.baseVal.width;
    const dark = [...path.getAttribute('d').matchAll(/M(\d+) (\d+)/g)]
      .map(([, x, y]) => [Number(x), Number(y)]);
    return { size, dark };
  });
  const scale = 4;
  const side = modules.size * scale;
  const data = new Uint8Array(side * side * 4).fill(255);
  for (const [x, y] of modules.dark)
    for (let i = 0; i < scale * scale; i++) {
      const at = ((y * scale + Math.floor(i / scale)) * side +
        x * scale + i % scale) * 4;
      data.fill(0, at, at + 3);
    }
  return decodeQR({ width: side, height: side, data });
}

test('it is set up by QR code, its codes kept, renewed, and turned off',
  withDesk({ redis: true }, { expected: REFUSED, acceptDownloads: true,
    permissions: ['clipboard-read', 'clipboard-write'] },
  async (world, desk) => {
    const elsewhere = await Desk.open(world, { expected: LOGGED_OUT });
    const other = await elsewhere.login('demo');
    const page = await desk.at('/', 'demo');
    await page.goto('/accounts/');
    await byId(page, 'factor-begin').click();
    await shown(page, 'factor-qr');
    const secret = (await byId(page, 'factor-secret').inputValue())
      .replaceAll(' ', '');
    assert.match(secret, /^[A-Z2-7]{32}$/);
    assert.equal(await scan(page),
      `otpauth://totp/lws-app:demo?secret=${secret}&issuer=lws-app`);
    await page.locator('#factor-secret-copy').click();
    await within(page, 'Copied.');
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()),
                 secret);
    // The next key goes to the code.
    await page.locator('#factor-code').focus();
    await page.keyboard.type(wrongCode(secret));
    await page.keyboard.press('Enter');
    await page.locator('#factor-code-error').waitFor();
    await page.fill('#factor-code', codeOf(secret));
    await page.keyboard.press('Enter');
    await shown(page, 'factor-made');
    await other.waitForURL(/\/accounts\/login\//);
    await elsewhere.close();
    const codes = await page.locator('#factor-list li').allTextContents();
    assert.equal(codes.length, 10);
    await page.locator('#factor-copy').click();
    await within(page, 'Copied.');
    const text = `${codes.join('\n')}\n`;
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()),
                 text);
    const [file] = await Promise.all([page.waitForEvent('download'),
                                      page.locator('#factor-download').click()]);
    assert.equal(file.suggestedFilename(), 'lws-app-recovery-codes.txt');
    assert.equal(await readFile(await file.path(), 'utf8'), text);
    await byId(page, 'factor-done').click();
    await page.getByText('10 recovery codes left').waitFor();
    // Shown once: gone from the page.
    for (const gone of [codes[0], secret])
      assert.equal((await page.content()).includes(gone), false);
    assert.equal(await byId(page, 'factor-secret').inputValue(), '');
    await byId(page, 'factor-renew').click();
    await page.keyboard.type('demo-secret');
    await page.fill('#factor-ask-code', wrongCode(secret));
    await page.keyboard.press('Enter');
    await page.locator('#factor-ask-code-error').waitFor();
    await page.fill('#factor-ask-code', codes[0]);
    await page.keyboard.press('Enter');
    await shown(page, 'factor-made');
    assert.equal((await page.locator('#factor-list li').allTextContents())
      .includes(codes[1]), false);
    await byId(page, 'factor-done').click();
    await byId(page, 'factor-remove').click();
    await page.keyboard.type('demo-secret');
    await forgetUse(world);
    await page.fill('#factor-ask-code', codeOf(secret));
    await page.keyboard.press('Enter');
    await within(page, 'The second factor is off.');
    await shown(page, 'factor-off');
  }));

test('the login asks for the code after a right password, and by paste',
  withDesk({}, { expected: REFUSED, permissions:
    ['clipboard-read', 'clipboard-write'] }, async (world, desk) => {
      const { secret, recovery } = await enrol(await world.login('demo'));
      const page = await desk.page('/?from=mail');
      await enter(page, 'demo', 'wrong');
      await byId(page, 'login-error').filter({ hasText: 'password is wrong' })
        .waitFor();
      assert.equal(await page.locator('#code').count(), 0);
      await enter(page, 'demo');
      await byId(page, 'login-as').filter({ hasText: 'demo' }).waitFor();
      assert.equal(await byId(page, 'login-error').isVisible(), false);
      assert.equal(await page.evaluate(() => document.activeElement.id), 'code');
      await page.keyboard.type(wrongCode(secret));
      await page.keyboard.press('Enter');
      await byId(page, 'login-error').filter({ hasText: 'wrong' }).waitFor();
      // As a password manager or a phone pastes it.
      const code = codeOf(secret, 1).replace(/(...)/, '$1 ');
      await page.evaluate((text) => navigator.clipboard.writeText(text), code);
      await page.locator('#code').focus();
      await page.keyboard.press('Control+V');
      assert.equal(await page.inputValue('#code'), code);
      await page.keyboard.press('Enter');
      await page.waitForURL(`${world.url}/?from=mail`);
      await desk.context.clearCookies();
      await page.goto('/accounts/login/');
      await enter(page, 'demo');
      await page.fill('#code', recovery[0]);
      await page.keyboard.press('Enter');
      await page.waitForURL(`${world.url}/`);
    }));

test('without scripts it works too', withDesk({}, { javaScriptEnabled: false,
  expected: REFUSED }, async (world, desk) => {
  const { secret } = await enrol(await world.login('demo'));
  const page = await desk.page('/accounts/login/');
  await enter(page, 'demo');
  await page.fill('#code', codeOf(secret, 1));
  await page.click('button[type=submit]');
  await page.waitForURL(`${world.url}/`);
}));

test('demanded while a page is open, it leads there, and back when it is done',
  withDesk({ redis: true }, { expected: [...REFUSED, /Unexpected response/] },
  async (world, desk) => {
    const page = await desk.login('demo');
    const boss = await world.login('boss');
    const { body } = await boss.get('/api/users/?search=demo');
    await boss.patch(`/api/users/${body.results[0].id}/`,
                     { second_factor_required: true });
    await page.waitForURL(`${world.url}/accounts/`);
    await byId(page, 'factor-due').waitFor();
    assert.equal(await page.locator('#tokens').isVisible(), false);
    await page.goto('/');
    await page.waitForURL(`${world.url}/accounts/`);
    await byId(page, 'factor-begin').click();
    await shown(page, 'factor-qr');
    await page.fill('#factor-code', codeOf(
      (await byId(page, 'factor-secret').inputValue()).replaceAll(' ', '')));
    await page.keyboard.press('Enter');
    await shown(page, 'factor-made');
    await byId(page, 'factor-done').click();
    await page.waitForURL(`${world.url}/`);
    await state(page, 'live');
  }));

test('a superuser demands it, sees it, and takes it away', withDesk(
  { redis: true }, { expected: REFUSED }, async (world, desk) => {
    const demo = await world.login('demo');
    const page = await desk.at('/', 'boss');
    const { id } = (await demo.get('/api/me/')).body;
    await page.goto(`/admin/users/${id}/`);
    const facts = (text) => byId(page, 'factor-facts')
      .filter({ hasText: text }).waitFor();
    await facts('password alone is enough');
    assert.equal(await byId(page, 'factor-reset').isVisible(), false);
    await page.getByLabel('must have a second factor').check();
    await page.locator('#details button[type=submit]').click();
    await facts('Off, and required');
    await enrol(demo);
    await page.reload();
    await facts('On since');
    await byId(page, 'factor-reset').click();
    await byId(page, 'confirm-yes').click();
    await within(page, 'Removed');
    await facts('Off, and required');
    assert.equal((await demo.get('/api/me/')).status, 401);
  }));

test('the password again brings the code with it', withDesk(
  {}, { expected: REFUSED }, async (world, desk) => {
    const page = await desk.at('/accounts/', 'demo');
    await byId(page, 'factor-begin').waitFor();
    await change(world.database, 'UPDATE session SET confirmed = 0');
    await byId(page, 'factor-begin').click();
    await page.locator('#password-again').waitFor();
    assert.equal(await page.locator('#code-again').isVisible(), false);
    await page.keyboard.type('demo-secret');
    await page.keyboard.press('Enter');
    await shown(page, 'factor-qr');
    const secret = (await byId(page, 'factor-secret').inputValue())
      .replaceAll(' ', '');
    await page.fill('#factor-code', codeOf(secret));
    await page.keyboard.press('Enter');
    await shown(page, 'factor-made');
    await change(world.database, 'UPDATE session SET confirmed = 0');
    await page.fill('#email', 'demo@example.com');
    await page.locator('#details button[type=submit]').click();
    await page.locator('#password-again').waitFor();
    await page.keyboard.type('demo-secret');
    await page.keyboard.press('Enter');
    await page.locator('#code-again-error').waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.id),
                 'code-again');
    await page.keyboard.type(codeOf(secret, 1));
    await page.keyboard.press('Enter');
    await page.locator('#details .said').filter({ hasText: 'Saved.' })
      .waitFor();
  }));
