// What DataTables sends, by every way of sending it.
import assert from 'node:assert/strict';

export const PATH = '/api/data/?format=datatables';
export const COLUMNS = ['id', 'instrument', 'side', 'quantity', 'price', 'status',
                 'created'];

// What DataTables sends with changes to it: a nested object.
export function draw(changes = {}) {
  const request = {
    draw: 3, start: 0, length: 10, search: { value: '', regex: false },
    order: [{ column: 0, dir: 'asc', name: '' }],
    // Not in the times: what the clock shows must not match a number.
    columns: COLUMNS.map((data) => ({ data, name: '',
      searchable: data !== 'created', orderable: true, search: { value: '', regex: false } })),
    ...changes };
  for (const [index, value] of Object.entries(changes.columnValues ?? {}))
    request.columns[index].search = { regex: false, ...value };
  delete request.columnValues;
  return request;
}

// As jQuery and DataTables write it into a form or a query.
export function flat(value, name = '', out = []) {
  if (value !== null && typeof value === 'object') {
    for (const [key, inner] of Object.entries(value))
      flat(inner, name ? `${name}[${key}]` : key, out);
  } else out.push([name, String(value)]);
  return out;
}

export const encode = (request) => new URLSearchParams(flat(request)).toString();

export const ways = {
  GET: (session, request) => session.get(`${PATH}&${encode(request)}&_=17`),
  form: (session, request) => session.form(PATH, flat(request)),
  JSON: (session, request) => session.post(PATH, request),
  'JSON called a form': (session, request) =>
    session.post(PATH, JSON.stringify(request),
      { 'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8' }),
  'JSON as the query': (session, request) =>
    session.get(`${PATH}&${encodeURIComponent(JSON.stringify(request))}`),
};

// Asked every way: the same envelope each time, whose rows are returned.
export async function ask(session, request, how = Object.keys(ways)) {
  let first;
  for (const way of how) {
    const answer = await ways[way](session, request);
    assert.equal(answer.status, 200, `${way}: ${answer.text}`);
    assert.match(answer.headers['content-type'], /^application\/json/);
    assert.ok(Array.isArray(answer.body.data), `${way}: ${answer.text}`);
    for (const name of ['draw', 'recordsTotal', 'recordsFiltered'])
      assert.ok(Number.isInteger(answer.body[name]), `${way} ${name}`);
    first ??= answer.body;
    assert.deepEqual(answer.body, first, way);
  }
  return first;
}

export async function names(session, request, how) {
  const body = await ask(session, request, how);
  assert.equal(body.error, undefined, JSON.stringify(request));
  return body.data.map((row) => row.instrument);
}

export async function fails(session, request, pattern, how) {
  const body = await ask(session, request, how);
  const what = JSON.stringify(request).slice(0, 300);
  assert.ok(body.error, `no error: ${what}`);
  assert.match(body.error, pattern, what);
  assert.deepEqual(body.data, [], what);
  assert.equal(body.recordsFiltered, 0, what);
}
