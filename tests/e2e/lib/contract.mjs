// The API's description as a contract: each request that goes through here is
// one of it, and what comes back is as it says.
import assert from 'node:assert/strict';
import Ajv from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { Session } from './http.mjs';

export const METHODS = ['get', 'post', 'put', 'patch', 'delete', 'options'];
const escaped = (name) => name.replaceAll('~', '~0').replaceAll('/', '~1');
const media = (type) => type?.split(';')[0].trim();

// The format that an address asks for; undefined: the default.
function formatOf(operation, path) {
  const format = new URL(path, 'http://x').searchParams.get('format');
  const { schema } = operation.parameters.find(({ name }) =>
    name === 'format') ?? {};
  return format === null || format === schema?.default ? undefined : format;
}

export class Contract {
  static async of(world) {
    const contract = new Contract();
    const { body } = await new Session(world.url).get('/api/schema/');
    contract.world = world;
    contract.document = body;
    contract.seen = new Set(); // "GET /api/data/ 200"
    contract.ajv = new Ajv({ strict: false, allErrors: true });
    formats(contract.ajv);
    contract.ajv.addSchema(body, 'api');
    contract.operations = Object.entries(body.paths).flatMap(
      ([path, methods]) => Object.entries(methods).map(
        ([method, operation]) => ({ path, method, operation,
          pattern: new RegExp(`^${path
            .replace(/\{(symbol|name)\}/, '.+')
            .replace(/\{\w+\}/g, '\\d+')}$`) })));
    return contract;
  }

  find(method, path) {
    const [pathname] = path.split('?');
    return this.operations.find((one) => one.method === method.toLowerCase() &&
                                         one.pattern.test(pathname));
  }

  follow(node) {
    let found = node;
    while (found?.$ref)
      found = found.$ref.slice(2).split('/').reduce(
        (at, part) => at[part.replaceAll('~1', '/').replaceAll('~0', '~')],
        this.document);
    return found;
  }

  // Of several shapes, those of the format that was asked for.
  validate(pointer, value, what, format) {
    const schema = this.follow({ $ref: `#${pointer}` });
    const fitting = schema.anyOf?.map((one, i) => [one['x-format'], i])
      .filter(([of]) => of === format)
      .map(([, i]) => ({ $ref: `api#${pointer}/anyOf/${i}` }));
    const valid = this.ajv.validate(
      fitting ? { anyOf: fitting } : { $ref: `api#${pointer}` }, value);
    assert.ok(valid, `${what}: ${JSON.stringify(this.ajv.errors, null, 1)}\n` +
                     JSON.stringify(value).slice(0, 2000));
  }

  // One request; the answer must be documented, whatever it is. status: which.
  async drive(session, method, path, { body, headers, status } = {}) {
    const one = this.find(method, path);
    assert.ok(one, `${method} ${path} is not documented`);
    const answer = await session.request(method, path, body, headers);
    const what = `${method} ${path} -> ${answer.status} ` +
                 `(${JSON.stringify(body)?.slice(0, 200) ?? ''})`;
    if (status !== undefined)
      assert.equal(answer.status, status, `${what}: ${answer.text}`);
    this.judge(one, answer, path, what);
    if (answer.status < 300) this.judgeInput(one, body, path, what);
    return answer;
  }

  judge({ path, method, operation }, answer, asked, what) {
    const documented = operation.responses[answer.status];
    assert.ok(documented, `${what}: this status is not documented: ` +
                          answer.text);
    this.seen.add(`${method} ${path} ${answer.status}`);
    const response = this.follow(documented);
    const type = media(answer.headers['content-type']);
    if (!response.content) {
      assert.equal(answer.text, '', what);
      assert.equal(type, undefined, what);
      return;
    }
    const key = Object.keys(response.content).find((name) =>
      media(name) === type);
    assert.ok(key, `${what}: ${type} is not documented`);
    this.seen.add(`${method} ${path} ${answer.status} ${type}`);
    const pointer = documented.$ref
      ? documented.$ref.slice(1)
      : `/paths/${escaped(path)}/${method}/responses/${answer.status}`;
    this.validate(`${pointer}/content/${escaped(key)}/schema`,
                  /[/+]json$/.test(type) ? answer.body : answer.text, what,
                  formatOf(operation, asked));
    if (/problem/.test(type)) assert.equal(answer.body.status, answer.status);
    for (const name of ['WWW-Authenticate', 'Location', 'ETag', 'Retry-After'])
      if (answer.headers[name.toLowerCase()])
        assert.ok(name in (response.headers ?? {}),
                  `${what}: the header ${name} is not documented`);
  }

  // What was taken is what it says it takes.
  judgeInput({ path, method, operation }, body, asked, what) {
    if (body && typeof body === 'object' && !Buffer.isBuffer(body)) {
      assert.ok(operation.requestBody, `${what}: no body is documented`);
      this.validate(`/paths/${escaped(path)}/${method}/requestBody/content/` +
                    'application~1json/schema', body, what,
                    formatOf(operation, asked));
    }
    for (const name of new URL(asked, 'http://x').searchParams.keys())
      assert.ok(operation.parameters.some((one) => one.in === 'query' &&
        one.name.replace(/\[\d+\]/g, '[0]') === name.replace(/\[\d+\]/g, '[0]')),
                `${what}: the argument ${name} is not documented`);
  }

  // "GET /api/data/ 200" of all that is documented and was never answered.
  unseen(except = () => false) {
    return this.operations.flatMap(({ path, method, operation }) =>
      Object.keys(operation.responses).map((status) =>
        `${method} ${path} ${status}`))
      .filter((name) => !this.seen.has(name) && !except(name));
  }

  unseenTypes() {
    return this.operations.flatMap(({ path, method, operation }) =>
      Object.entries(operation.responses).flatMap(([status, response]) =>
        Object.keys(response.content ?? {}).map((type) =>
          `${method} ${path} ${status} ${media(type)}`)))
      .filter((name) => !this.seen.has(name) && !/ 503 /.test(name));
  }
}
