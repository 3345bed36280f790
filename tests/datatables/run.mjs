#!/usr/bin/env node
// Runs the suite against a server; see README.md.
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { generations } from './generations.mjs';
import { openHost } from './host.mjs';
import { Suite, casesOf, readRows, runCase } from './suite.mjs';

const USAGE = `usage: run.mjs --url URL --table FILE [option...]

  --url URL           where draws are answered
  --table FILE        what the table has (README.md)
  --login URL, --username NAME, --password-file FILE
                      asks URL for a token: {"username", "password"} for
                      {"token"}, sent as "Authorization: Token ..."
  --header NAME:VALUE in every request; as often as is needed
  --ca FILE           whom to trust, for https
  --only TEXT         generations, methods and cases that have it in their name
  --chromium FILE     default: /usr/bin/chromium-headless-shell
`;

// Exported for a test that has a server of its own. tell(): told of each case.
export async function runAll({ url, table, headers = {}, ca, only = '',
                               executable = '/usr/bin/chromium-headless-shell',
                               tell }) {
  const browser = await chromium.launch({ executablePath: executable,
    args: ['--headless', '--no-sandbox', '--disable-gpu'] });
  const host = await openHost({ url, headers, ca });
  try {
    const rows = await readRows(async (args) => (await fetch(
      `${host.address}/data?${args}`)).json(), table);
    const runOne = async (generation, method, name) => {
      const page = await browser.newPage();
      const faults = [];
      page.on('pageerror', (error) => faults.push(String(error)));
      await page.goto(host.address);
      const error = await runCase(name, new Suite({ page, table, generation,
        method, rows })).then(() => null, (one) => one);
      await page.close();
      return error ?? (faults.length ? new Error(faults.join('; ')) : null);
    };
    for (const generation of generations) {
      host.use(generation.scripts());
      // Beside each other, since most of the time is the page's waiting.
      await Promise.all(['GET', 'POST'].map(async (method) => {
        for (const name of casesOf(generation)) {
          const title = `DataTables ${generation.name}, ${method}: ${name}`;
          if (title.includes(only))
            tell(title, await runOne(generation, method, name));
        }
      }));
    }
  } finally {
    await browser.close();
    await host.close();
  }
}

async function login({ login: at, username, 'password-file': file }) {
  const password = (await readFile(file, 'utf8')).trimEnd();
  const answer = await fetch(at, { method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username, password }) });
  if (!answer.ok) throw new Error(`${at}: ${answer.status}`);
  return { Authorization: `Token ${(await answer.json()).token}` };
}

async function main() {
  const text = { type: 'string' };
  const { values } = parseArgs({ options: { url: text, table: text,
    username: text, 'password-file': text, login: text, ca: text, only: text,
    chromium: text, header: { type: 'string', multiple: true },
    help: { type: 'boolean' } } });
  if (values.help || !values.url || !values.table) {
    process.stdout.write(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const headers = Object.fromEntries((values.header ?? []).map((one) => {
    const at = one.indexOf(':');
    return [one.slice(0, at), one.slice(at + 1).trim()];
  }));
  if (values.login) Object.assign(headers, await login(values));
  let [passed, failed] = [0, 0];
  await runAll({ url: values.url, headers, only: values.only,
    table: JSON.parse(await readFile(values.table, 'utf8')),
    ca: values.ca && await readFile(values.ca),
    ...values.chromium && { executable: values.chromium },
    tell(title, error) {
      if (error) failed++;
      else passed++;
      console.log(error ? `FAILED ${title}\n  ${error.message}` : `ok ${title}`);
    } });
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed || !passed ? 1 : 0;
}

if (process.argv[1] === new URL(import.meta.url).pathname) await main();
