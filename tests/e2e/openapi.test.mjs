// The API's description: a valid document, served as such, about what there is.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Session } from './lib/http.mjs';
import { withWorld } from './lib/world.mjs';

const routes = await readFile(
  new URL('../../lws-app/web/routes.c', import.meta.url), 'utf8');

test('the description is OpenAPI 3.1, for anybody, with a strong ETag',
  withWorld({}, async (world) => {
    const nobody = new Session(world.url);
    const { status, headers, text, body } = await nobody.get('/api/schema/');
    assert.equal(status, 200, text);
    assert.equal(headers['content-type'], 'application/json');
    assert.match(headers.etag, /^"[\w-]{43}"$/);
    const validator = new Validator();
    const result = await validator.validate(structuredClone(body));
    assert.deepEqual(result.errors, undefined);
    assert.equal(result.valid, true);
    assert.equal(validator.version, '3.1');
    const again = await nobody.get('/api/schema/',
                                   { 'If-None-Match': headers.etag });
    assert.equal(again.status, 304);
    assert.equal(again.text, '');
    assert.equal(again.headers.etag, headers.etag);
    const other = await nobody.get('/api/schema/',
                                   { 'If-None-Match': '"another"' });
    assert.equal(other.text, text);
    await world.restartDaemon();
    const after = await nobody.get('/api/schema/');
    assert.equal(after.headers.etag, headers.etag);
  }));

test('every row under /api/ is an operation with all that it may answer',
  withWorld({}, async (world) => {
    const { body: { paths, components } } =
      await new Session(world.url).get('/api/schema/');
    const rows = [...routes.matchAll(/\{HTTP_(\w+), "(\/api\/[^"]*)"/g)];
    assert.ok(rows.length > 15);
    const ids = new Set();
    for (const [, method, path] of rows) {
      const named = path.replace('<id>', '{id}').replace('<id>', '{sub_id}')
        .replace('<symbol>', '{symbol}').replace('<name>', '{name}');
      const operation = paths[named]?.[method.toLowerCase()];
      assert.ok(operation, `${method} ${named}`);
      ids.add(operation.operationId);
      assert.ok(operation.summary, named);
      const statuses = Object.keys(operation.responses);
      assert.ok(statuses.some((s) => s < '300'), `${method} ${named}`);
      for (const status of ['400', '421']) assert.ok(statuses.includes(status));
      const anybody = operation.security.some((s) =>
        !Object.keys(s).length);
      if (!anybody) assert.ok(statuses.includes('401'), `${method} ${named}`);
      if (!anybody && !['GET', 'OPTIONS'].includes(method))
        assert.ok(statuses.includes('403'), `${method} ${named}`);
      // What is put where nothing was is made.
      const isThere = method === 'PUT' && statuses.includes('201');
      if (named.includes('{') && method !== 'OPTIONS' && !isThere)
        assert.ok(statuses.includes('404'), named);
    }
    const operations = Object.values(paths).flatMap(Object.values);
    assert.equal(new Set(operations.map((o) => o.operationId)).size,
                 operations.length);
    // No shape that nothing names.
    const text = JSON.stringify([paths, components]);
    for (const name of Object.keys(components.schemas))
      assert.ok(text.includes(`#/components/schemas/${name}"`), name);
  }));

// The macros of web/routes.c, and what each comes to in the document's table.
const bounds = {
  ONCE: 'a login ends once', LOGIN: '`login_attempts_per_account`',
  WRITES: '`rows_per_day`', PROFILE: '`profile_changes_per_user`',
  LOGINS: '`login_changes_per_user`', TICKETS: '`tickets_per_user`',
  ADMIN_WRITES: '`admin_changes_per_user`', READS: 'reads only',
  PAGES: '`page_changes_per_user`', FEEDS: 'the right `may_feed`',
};

test('docs/security.md says what bounds each route that writes', async () => {
  const text = await readFile(
    new URL('../../docs/security.md', import.meta.url), 'utf8');
  const [, table] = text.match(/\n\| bound by \| routes \|\n([^]*?)\n\n/);
  const told = table.split('\n').slice(1).flatMap((line) => {
    const [, by, list] = line.split(' | ').length === 2
      ? line.match(/^\| (.*) \| (.*) \|$/) : assert.fail(line);
    return [...list.matchAll(/`(.*?)`/g)].map(([, route]) => [by, route]);
  });
  const rows = [...routes.matchAll(
    /\{HTTP_(POST|PUT|PATCH|DELETE), "([^"]*)", (?:NULL|"(\w+)")([^]*?)\},\n/g)];
  assert.ok(rows.length > 25, rows.length);
  for (const [, method, path, format, rest] of rows) {
    const route = `${method} ${path}${format ? `?format=${format}` : ''}`;
    const at = told.findIndex(([, one]) => one === route);
    assert.ok(at >= 0, `${route} is not in the table`);
    const [[by]] = told.splice(at, 1);
    const macro = Object.keys(bounds).find((name) =>
      new RegExp(`\\b${name}\\b`).test(rest));
    assert.ok(by.startsWith(bounds[macro]), `${route}: ${by}`);
  }
  assert.deepEqual(told, []);
});

test('the filters told of are those that are taken, and no others',
  withWorld({}, async (world) => {
    const session = await world.token('demo');
    const { body: { paths } } = await session.get('/api/schema/');
    const { parameters } = paths['/api/data/'].get;
    const told = parameters.filter((p) => p.name !== 'format' &&
                                          p['x-format'] === undefined);
    const { body: { fields } } = await session.request('OPTIONS', '/api/data/');
    const values = ({ name, schema }) => schema.examples ?? [schema.default ??
      schema.enum?.[0] ??
      { owner: 'demo', cursor: '', ordering: '-id,price',
        status__in: 'new,filled', side__in: 'buy' }[name] ?? '1'];
    for (const parameter of told) {
      for (const value of values(parameter)) {
        if (parameter.schema.pattern)
          assert.match(value, new RegExp(parameter.schema.pattern));
        const { status, text } = await session.get(
          `/api/data/?${parameter.name}=${value}`);
        assert.equal(status, 200, `${parameter.name}: ${text}`);
      }
    }
    const names = new Set(told.map(({ name }) => name));
    for (const field of Object.keys(fields)) {
      for (const suffix of ['', '__in', '__gte', '__lte', '__contains']) {
        const name = field + suffix;
        const { status } = await session.get(`/api/data/?${name}=x`);
        const { body } = await session.get(`/api/data/?${name}=x`);
        const unknown = status === 400 &&
          body.errors[name]?.[0] === 'unknown parameter';
        assert.equal(!unknown, names.has(name), name);
      }
    }
  }));
