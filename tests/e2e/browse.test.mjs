// JSON or a page: by what the client says it would rather have.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Session } from './lib/http.mjs';
import { withWorld } from './lib/world.mjs';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,' +
  'image/avif,image/webp,*/*;q=0.8';
const isPage = ({ headers, text }) =>
  headers['content-type'] === 'text/html; charset=utf-8' &&
  text.includes('id="answer-body"');

test('a browser gets a page, all others JSON',
  withWorld({}, async (world) => {
    const session = await world.login('demo');
    const cases = [
      [BROWSER, true], ['text/html', true], ['text/*', true],
      ['application/json;q=0.5, text/html;q=0.6', true],
      [undefined, false], ['*/*', false], ['application/json', false],
      ['text/html, application/json', false], ['text/html;q=0', false],
      ['text/html;q=2', false], ['image/png', false], ['', false],
    ];
    for (const [accept, page] of cases) {
      const answer = await session.get('/api/data/',
                                       accept === undefined ? {}
                                         : { Accept: accept });
      assert.equal(answer.status, 200, accept);
      assert.equal(isPage(answer), page, accept);
      assert.equal(answer.headers.vary, 'Accept, Cookie, Authorization, Accept-Encoding');
      if (!page)
        assert.equal(answer.headers['content-type'], 'application/json');
    }
    for (const query of ['?format=json', '?format=datatables&draw=1']) {
      const answer = await session.get(`/api/data/${query}`,
                                       { Accept: BROWSER });
      assert.equal(answer.headers['content-type'], 'application/json');
    }
    // What changes something is answered as ever.
    const made = await session.post('/api/data/',
      { instrument: 'A', quantity: 1, price: 1 }, { Accept: BROWSER });
    assert.equal(made.status, 201);
    assert.equal(made.headers['content-type'], 'application/json');
  }));

test('a page has the status of the JSON, and the policy of every page',
  withWorld({}, async (world) => {
    const demo = await world.login('demo');
    const { id } = await demo.order();
    const other = await world.login('other');
    const paths = [
      ['/api/', 200], ['/api/me/', 200], ['/api/schema/', 200],
      [`/api/data/${id}/`, 200, 404], ['/api/data/999/', 404],
      ['/api/nothing/', 404], ['/api/ticket/', 405],
      ['/api/data/?scope=all', 403], ['/api/data/?nothing=1', 400],
    ];
    for (const [path, status, ofOther = status] of paths) {
      for (const [session, wanted] of [[demo, status], [other, ofOther]]) {
        const page = await session.get(path, { Accept: BROWSER });
        const json = await session.get(path);
        assert.equal(json.status, wanted, path);
        assert.equal(page.status, wanted, path);
        assert.ok(isPage(page), path);
        assert.match(page.headers['content-security-policy'],
                     /^default-src 'self'; .*frame-ancestors 'none'$/);
        assert.equal(page.headers['cache-control'], 'no-store');
        const head = await session.request('HEAD', path, undefined,
                                           { Accept: BROWSER });
        assert.equal(head.status, wanted, path);
        assert.equal(head.headers['content-length'],
                     page.headers['content-length']);
      }
    }
    const schema = await demo.get('/api/schema/');
    assert.match(schema.headers.vary, /\bAccept\b/);
    const slash = await demo.get('/api/data', { Accept: BROWSER });
    assert.equal(slash.status, 301);
    assert.equal(slash.headers.location, '/api/data/');
  }));

test('without a login a browser goes to log in, and comes back',
  withWorld({}, async (world) => {
    const nobody = new Session(world.url);
    const path = '/api/data/?page=2&search=%C3%BC%26%3D';
    const away = await nobody.get(path, { Accept: BROWSER });
    assert.equal(away.status, 302);
    const to = new URL(away.headers.location, world.url);
    assert.equal(to.pathname, '/accounts/login/');
    assert.equal(to.searchParams.get('next'), path);
    assert.equal((await nobody.get(path)).status, 401);
    // A token that is no good is no reason to show a form.
    const open = await nobody.get('/api/schema/', { Accept: BROWSER });
    assert.ok(isPage(open));
    const long = await nobody.get(`/api/data/?search=${'x'.repeat(3000)}`,
                                  { Accept: BROWSER });
    assert.equal(long.status, 302);
    assert.equal(long.headers.location, '/accounts/login/?next=/');
  }));

test('nothing of an address gets into the page as markup',
  withWorld({}, async (world) => {
    const session = await world.login('demo');
    for (const path of ['/api/%3Cscript%3Ealert(1)%3C%2Fscript%3E/',
                        '/api/%22%20onload=%22x/', '/api/{{csrf_token}}/']) {
      const { text, status } = await session.get(path, { Accept: BROWSER });
      assert.equal(status, 404);
      assert.doesNotMatch(text, /<script>alert|" onload="/);
    }
    const { text } = await session.get('/api/', { Accept: BROWSER });
    assert.doesNotMatch(text, /<script(?![^>]*\bsrc=)|<style|\son\w+=|style=/);
  }));
