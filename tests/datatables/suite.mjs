// The cases, for one generation of DataTables by one method at a time. Every
// answer is held against the oracle over the rows that the server itself gives
// in plain draws.
import assert from 'node:assert/strict';
import { counts, finds, meets, meetsGroup } from './oracle.mjs';

const LENGTH = 25;

export class Suite {
  // page: of a browser, at the host; table: see README.md.
  constructor({ page, table, generation, method, rows }) {
    Object.assign(this, { page, table, generation, method, rows });
    this.columns = table.columns;
    this.names = this.columns.map(({ data }) => data);
    this.searched = this.columns.filter(({ searchable = true }) => searchable)
      .map(({ data }) => data);
  }

  // A call of page.js.
  call(name, ...args) {
    return this.page.evaluate(([what, given]) => window.suite[what](...given),
                              [name, args]);
  }

  make(more = {}) {
    return this.call('make', { key: this.table.key, method: this.method,
      columns: this.columns, pageLength: LENGTH, ...more });
  }

  index(name) {
    return this.names.indexOf(name);
  }

  columnOf(name) {
    return this.columns[this.index(name)];
  }

  of(type) {
    return this.columns.filter((column) => column.type === type);
  }

  // Some value of a column, of a row that has one.
  some(column, which = 0) {
    const values = [...counts(this.rows, column.data).keys()]
      .filter((value) => value !== '');
    return values[Math.floor((values.length - 1) * which)];
  }

  // The state is that of just these rows.
  holds(state, wanted, what) {
    const ids = new Set(wanted.map((row) => row[this.table.key]));
    assert.equal(state.error, '', what);
    assert.equal(state.busy, false, `${what}: "Processing" is still there`);
    assert.equal(state.total, this.rows.length, `${what}: recordsTotal`);
    assert.equal(state.filtered, ids.size, `${what}: recordsFiltered`);
    assert.equal(state.shown, ids.size, what);
    assert.equal(state.ids.length, Math.min(ids.size, LENGTH), `${what}: rows`);
    for (const id of state.ids) assert.ok(ids.has(id), `${what}: row ${id}`);
  }

  finding(text, columns = this.searched) {
    return this.rows.filter((row) => finds(row, columns, text));
  }
}

const CASES = {
  async 'pages and order'(suite) {
    suite.holds(await suite.make(), suite.rows, 'all');
    const last = Math.floor((suite.rows.length - 1) / LENGTH);
    const state = await suite.call('page', last);
    assert.equal(state.ids.length, suite.rows.length - last * LENGTH);
    for (const column of suite.columns) {
      if (column.orderable === false) continue;
      const seen = [];
      for (const way of ['asc', 'desc']) {
        const { error, ids } = await suite.call('order',
          suite.index(column.data), way);
        assert.equal(error, '', column.data);
        seen.push(ids[0]);
      }
      if (column.type === 'num') {
        const [low, high] = seen.map((id) => suite.rows.find((row) =>
          row[suite.table.key] === id)[column.data]);
        const values = suite.rows.map((row) => row[column.data])
          .filter((value) => value !== null).map(Number);
        if (low !== null) assert.equal(Number(low), Math.min(...values), column.data);
        assert.equal(Number(high), Math.max(...values), column.data);
      }
    }
  },

  async 'all rows at once'(suite) {
    const state = await suite.make({ paging: false });
    assert.equal(state.error, '');
    assert.equal(state.ids.length, suite.rows.length);
    assert.equal(new Set(state.ids).size, suite.rows.length);
  },

  async 'a page of any offset'(suite) {
    const state = await suite.make({ displayStart: 7 });
    assert.equal(state.error, '');
    assert.deepEqual(state.ids, suite.rows.slice(7, 7 + LENGTH)
      .map((row) => row[suite.table.key]));
  },

  async 'search: words, phrases, negations'(suite) {
    await suite.make();
    const text = suite.some(suite.of('text')[0], 0.5);
    const choice = suite.some(suite.of('choice')[0]);
    for (const what of [text.slice(0, 3), text.toUpperCase(), `${choice} ${text}`,
      `"${text}"`, `!${choice}`, `${text} !"${choice}"`, 'no such thing', '%', "'",
      '"', '']) {
      suite.holds(await suite.call('search', what), suite.finding(what), what);
    }
  },

  async 'search in columns'(suite) {
    await suite.make();
    const [text] = suite.of('text');
    const [choice] = suite.of('choice');
    const what = suite.some(text, 0.5).slice(0, 4);
    suite.holds(await suite.call('column', suite.index(text.data), what),
                suite.finding(what, [text.data]), what);
    const both = suite.some(choice);
    suite.holds(await suite.call('column', suite.index(choice.data), both),
                suite.finding(what, [text.data]).filter((row) =>
                  finds(row, [choice.data], both)), `${what} and ${both}`);
  },

  async 'regular expressions'(suite) {
    await suite.make();
    const [column] = suite.of('choice');
    const value = suite.some(column);
    suite.holds(await suite.call('search', `^${value}$`, true),
      suite.rows.filter((row) => suite.searched.some((name) =>
        String(row[name] ?? '').toLowerCase() === value.toLowerCase())), value);
  },

  async 'a fault is told, and nothing hangs'(suite) {
    await suite.make();
    const state = await suite.call('search', '(', true);
    assert.notEqual(state.error, '', 'a bad pattern is an error');
    assert.deepEqual(state.ids, []);
    assert.equal(state.busy, false, '"Processing" is still there');
    assert.equal(state.total, suite.rows.length, 'recordsTotal beside an error');
    suite.holds(await suite.call('search', '', false), suite.rows, 'afterwards');
  },

  async 'fixed searches'(suite) {
    await suite.make();
    const [text] = suite.of('text');
    const [choice] = suite.of('choice');
    const what = suite.some(choice);
    suite.holds(await suite.call('fixed', 'mine', what), suite.finding(what),
                what);
    const part = suite.some(text, 0.5).slice(0, 3);
    suite.holds(await suite.call('fixed', 'mine', part, suite.index(text.data)),
      suite.finding(what).filter((row) => finds(row, [text.data], part)), part);
  },

  async 'searches in groups of columns'(suite) {
    await suite.make();
    const columns = [suite.of('text')[0], suite.of('choice')[0]];
    const what = suite.some(columns[1]).slice(0, 2);
    suite.holds(await suite.call('group', columns.map(({ data }) =>
      suite.index(data)), what),
    suite.finding(what, columns.map(({ data }) => data)), what);
  },

  async 'Scroller asks for any window'(suite) {
    await suite.make({ scrollY: 100, deferRender: true,
                       scroller: { serverWait: 0, displayBuffer: 2 } });
    const state = await suite.call('scrollTo', Math.min(60,
      suite.rows.length - 30));
    assert.equal(state.error, '');
    assert.equal(state.filtered, suite.rows.length);
    assert.ok(state.ids.length > 0);
  },

  async 'SearchBuilder: every condition'(suite) {
    await suite.make({ feature: 'searchBuilder' });
    for (const column of suite.columns) {
      const type = { num: 'num', date: 'date' }[column.type] ?? 'string';
      const [low, high] = [0.3, 0.7].map((at) => suite.some(column, at));
      const day = (value) => String(value).slice(0, 10);
      const values = (column.type === 'date' ? [day(low), day(high)]
        : [low, high]).sort((a, b) => column.type === 'num' ? a - b
        : String(a) < String(b) ? -1 : 1);
      const names = { num: ['=', '!=', '<', '<=', '>', '>=', 'between',
                            '!between', 'null', '!null'],
                      date: ['=', '!=', '<', '>', 'between', '!between', 'null',
                             '!null'],
                      string: ['=', '!=', 'starts', '!starts', 'contains',
                               '!contains', 'ends', '!ends', 'null',
                               '!null'] }[type];
      for (const condition of names) {
        const value = /null/.test(condition) ? []
          : /between/.test(condition) ? values
            : /starts/.test(condition) ? [values[0].slice(0, 2)]
              : /ends/.test(condition) ? [values[0].slice(-2)] : [values[0]];
        const details = { logic: 'AND', criteria: [{ condition, type,
          data: column.data, value }] };
        suite.holds(await suite.call('build', details),
          suite.rows.filter((row) => meets(row, column, condition, value)),
          `${column.data} ${condition} ${value}`);
      }
    }
  },

  async 'SearchBuilder: groups in groups'(suite) {
    await suite.make({ feature: 'searchBuilder' });
    const [text] = suite.of('text');
    const [choice] = suite.of('choice');
    const [number] = suite.of('num').slice(-1);
    const one = (column, condition, ...value) => ({ condition, value,
      data: column.data, type: column.type === 'num' ? 'num' : 'string' });
    for (const details of [
      { logic: 'OR', criteria: [one(choice, '=', suite.some(choice)),
        one(text, 'starts', suite.some(text).slice(0, 2))] },
      { logic: 'AND', criteria: [one(text, '!=', suite.some(text)),
        { logic: 'OR', criteria: [one(number, '<', suite.some(number, 0.3)),
          { logic: 'AND', criteria: [one(choice, '!=', suite.some(choice)),
            one(number, '>=', suite.some(number, 0.6))] }] }] }]) {
      suite.holds(await suite.call('build', details), suite.rows.filter((row) =>
        meetsGroup(row, details, (name) => suite.columnOf(name))),
      JSON.stringify(details));
    }
  },

  async 'SearchPanes: options, counts and what is picked'(suite) {
    const choices = [...suite.of('choice')];
    await suite.make({ feature: 'searchPanes', data: suite.table.lists ?? {},
      searchPanes: { viewTotal: true, layout: 'columns-1' },
      columns: suite.columns.map((column) => ({ ...column, searchPanes:
        { show: choices.includes(column) } })) });
    const check = async (picked) => {
      const panes = await suite.call('panes');
      for (const column of choices) {
        const wanted = counts(suite.rows, column.data);
        assert.deepEqual(panes[column.data]?.map(({ label }) => label).sort(),
                         [...wanted.keys()].sort(), `options of ${column.data}`);
        for (const { label, count } of panes[column.data]) {
          const now = counts(picked, column.data).get(label) ?? 0;
          const all = wanted.get(label);
          assert.deepEqual(count.match(/\d+/g).map(Number).filter((number) =>
            number !== now && number !== all), [],
          `${column.data} ${label}: ${count}, not ${now} (${all})`);
        }
      }
    };
    await suite.page.waitForFunction((number) =>
      document.querySelectorAll('.dtsp-searchPane .dtsp-pill').length >= number,
    choices.length);
    await check(suite.rows);
    let rows = suite.rows;
    for (const column of choices.slice(0, 2)) {
      const value = suite.some(column);
      const state = await suite.call('pickPane', column.data, value);
      rows = rows.filter((row) => String(row[column.data]) === value);
      suite.holds(state, rows, `${column.data} ${value}`);
    }
  },

  async 'ColumnControl: every search'(suite) {
    const contents = { num: 'searchNumber', date: 'searchDateTime' };
    await suite.make({ columns: suite.columns.map((column) => ({ ...column,
      columnControl: [contents[column.type] ?? 'searchText'] })) });
    const same = { equal: '=', notEqual: '!=', greater: '>', greaterOrEqual: '>=',
      less: '<', lessOrEqual: '<=', starts: 'starts', ends: 'ends',
      contains: 'contains', notContains: '!contains', empty: 'null',
      notEmpty: '!null' };
    const logics = { num: ['equal', 'notEqual', 'greater', 'greaterOrEqual',
                           'less', 'lessOrEqual', 'empty', 'notEmpty'],
                     date: ['equal', 'notEqual', 'greater', 'less', 'empty',
                            'notEmpty'] };
    const texts = ['contains', 'notContains', 'equal', 'notEqual', 'starts',
                   'ends', 'empty', 'notEmpty'];
    for (const column of suite.columns) {
      let value = suite.some(column, 0.4);
      if (column.type === 'date') value = value.slice(0, 10);
      for (const logic of logics[column.type] ?? texts) {
        const part = logic === 'starts' ? value.slice(0, 2)
          : logic === 'ends' ? value.slice(-2)
            : /mpty/.test(logic) ? '' : value;
        const wanted = logic === 'contains' ? suite.finding(part, [column.data])
          : suite.rows.filter((row) => meets(row, column, same[logic], [part]));
        suite.holds(await suite.call('control', suite.index(column.data), logic,
                                     part), wanted,
                    `${column.data} ${logic} ${part}`);
      }
      await suite.call('control', suite.index(column.data),
                       column.type === 'num' || column.type === 'date'
                         ? 'equal' : 'contains', '');
    }
  },

  async 'ColumnControl: lists'(suite) {
    await suite.make({ data: suite.table.lists ?? {},
      columns: suite.columns.map((column) => ({ ...column,
        ...column.type === 'choice' && { columnControl: ['searchList'] } })) });
    await suite.page.waitForFunction((number) => [...document.querySelectorAll(
      '.dtcc-list-buttons')].filter((one) => one.querySelector('button'))
      .length === number, suite.of('choice').length);
    let rows = suite.rows;
    for (const column of suite.of('choice')) {
      const wanted = [...counts(suite.rows, column.data).keys()];
      const index = suite.index(column.data);
      assert.deepEqual((await suite.call('list', index)).sort(), wanted.sort(),
                       `list of ${column.data}`);
      const state = await suite.call('pickList', index, suite.some(column));
      rows = rows.filter((row) => String(row[column.data]) ===
        suite.some(column));
      suite.holds(state, rows, `${column.data} ${suite.some(column)}`);
    }
  },

  async 'parameters as JSON'(suite) {
    await suite.make({ json: true });
    const what = suite.some(suite.of('choice')[0]);
    suite.holds(await suite.call('search', what), suite.finding(what), what);
  },
};

const NEEDS = {
  'fixed searches': 'fixed', 'searches in groups of columns': 'groups',
  'Scroller asks for any window': 'scroller',
  'SearchBuilder: every condition': 'builder',
  'SearchBuilder: groups in groups': 'builder',
  'SearchPanes: options, counts and what is picked': 'panes',
  'ColumnControl: every search': 'control', 'ColumnControl: lists': 'control',
  'parameters as JSON': 'groups', // as old as they are
};

export const casesOf = ({ has }) => Object.keys(CASES).filter((name) =>
  !NEEDS[name] || has.includes(NEEDS[name]));

export const runCase = (name, suite) => CASES[name](suite);

// All rows, by plain draws: what the oracle looks at.
export async function readRows(ask, { columns, rows_max: most = 5000 }) {
  const rows = [];
  let total = Infinity;
  while (rows.length < total) {
    const args = new URLSearchParams({ draw: 1, start: rows.length, length: 100,
      'search[value]': '', 'search[regex]': false, 'order[0][column]': 0,
      'order[0][dir]': 'asc' });
    columns.forEach(({ data }, i) => {
      for (const [key, value] of Object.entries({ data, name: '',
        searchable: true, orderable: true, 'search][value': '',
        'search][regex': false })) args.set(`columns[${i}][${key}]`, value);
    });
    const body = await ask(args);
    assert.ok(Array.isArray(body.data), JSON.stringify(body).slice(0, 200));
    assert.equal(body.draw, 1);
    total = body.recordsTotal;
    assert.ok(total >= 2 * LENGTH && total <= most,
              `${total} rows: ${2 * LENGTH} to ${most} are wanted`);
    if (body.data.length === 0) break;
    rows.push(...body.data);
  }
  assert.equal(rows.length, total);
  return rows;
}
