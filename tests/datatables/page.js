// In the page: a table of whichever DataTables was loaded before this, and what
// a user or a page's author does with it. Each step ends with the next draw.
/* global DataTable, jQuery, clearTimeout, setTimeout */
(() => {
  const isOld = !window.DataTable?.versionCheck?.('2');
  const ERRORS = isOld ? 'error.dt' : 'dt-error.dt';
  let table;
  let errors;

  const DEADLINE_MS = 20000;
  const drawn = () => new Promise((done, fail) => {
    const late = setTimeout(() => {
      fail(new Error(`no draw came; ${errors.join('; ')}`));
    }, DEADLINE_MS);
    table.one('draw', () => {
      clearTimeout(late);
      done();
    });
  });

  // What the last answer said, and what the table makes of it.
  function state() {
    const json = table.ajax.json() ?? {};
    const busy = document.querySelector('.dataTables_processing, .dt-processing');
    return {
      error: errors.splice(0).join('; '), draw: json.draw,
      total: json.recordsTotal, filtered: json.recordsFiltered,
      shown: table.page.info().recordsDisplay, ids: table.rows({ page: 'current' })
        .data().toArray().map((row) => row[window.suite.key]),
      busy: Boolean(busy) && getComputedStyle(busy).display !== 'none',
    };
  }

  // Does it, and waits for the draw that comes of it.
  async function step(act) {
    const ends = drawn();
    await act();
    await ends;
    return state();
  }

  const cell = (column) => document.querySelectorAll(
    '#table thead tr:first-child > *')[column];

  window.suite = {
    // columns: {data, type}; more: options of DataTables.
    async make({ columns, key, method, data = {}, feature, json, ...more }) {
      const node = document.createElement('table');
      window.suite.key = key;
      document.querySelector('#at').replaceChildren(node);
      node.id = 'table';
      errors = [];
      const types = { num: 'num', date: 'date' };
      const options = {
        serverSide: true, processing: true, searchDelay: 0, pageLength: 25,
        order: [[0, 'asc']],
        ajax: { url: '/data', type: method, ...json && { submitAs: 'json' },
          data: (sent) => Object.assign(sent, data) },
        columns: columns.map((column) => ({ title: column.data,
          defaultContent: '', type: types[column.type] ?? 'string',
          ...column })),
        ...more,
      };
      for (const column of options.columns) column.type = types[column.type] ?? 'string';
      if (feature && isOld)
        options.dom = `${{ searchBuilder: 'Q', searchPanes: 'P' }[feature]}lfrtip`;
      else if (feature) options.layout = { top1: feature };
      if (isOld) jQuery.fn.dataTable.ext.errMode = 'none';
      else DataTable.ext.errMode = 'none';
      table = window.DataTable && !isOld ? new DataTable(node, options)
        : jQuery(node).on(ERRORS, (event, settings, note, text) => {
          errors.push(text);
        }).DataTable(options);
      if (!isOld) table.on(ERRORS, (event, settings, note, text) => {
        errors.push(text);
      });
      await drawn();
      return state();
    },
    state,
    page: (number) => step(() => table.page(number).draw('page')),
    order: (column, way) => step(() => table.order([[column, way]]).draw()),
    search: (text, isPattern) =>
      step(() => table.search(text, isPattern, !isPattern).draw()),
    column: (column, text) => step(() => table.column(column).search(text).draw()),
    group: (columns, text) =>
      step(() => table.columns(columns).search(text).draw()),
    fixed: (name, text, column) => step(() => {
      (column === undefined ? table : table.column(column)).search
        .fixed(name, text);
      table.draw();
    }),
    build: (details) => step(() => { table.searchBuilder.rebuild(details); }),
    scrollTo: (row) => step(() => { table.scroller.toPosition(row, false); }),
    leave() {
      table.destroy();
    },

    // What the panes offer: {side: [['buy', '12', ...]]}.
    async panes() {
      const found = {};
      for (const pane of document.querySelectorAll('.dtsp-searchPane')) {
        const name = pane.querySelector('input')?.placeholder;
        if (!name || pane.classList.contains('dtsp-hidden')) continue;
        found[name] = [...pane.querySelectorAll('tbody tr')].map((row) => ({
          label: row.querySelector('.dtsp-name')?.textContent ?? '',
          count: row.querySelector('.dtsp-pill')?.textContent ?? '',
        }));
      }
      return found;
    },
    pickPane: (name, label) => step(() => {
      const pane = [...document.querySelectorAll('.dtsp-searchPane')].find(
        (one) => one.querySelector('input')?.placeholder === name);
      const row = [...pane.querySelectorAll('tbody tr')].find((one) =>
        one.querySelector('.dtsp-name')?.textContent === label);
      row.querySelector('td').click();
    }),

    // ColumnControl: an input, and what a list offers.
    control: (column, logic, value) => step(() => {
      const at = cell(column).querySelector('.dtcc-search');
      const select = at.querySelector('select');
      const input = at.querySelector('input');
      // Both at once: each by itself would be a draw.
      input.value = value;
      select.value = logic;
      select.dispatchEvent(new Event('input'));
    }),
    list: (column) => [...cell(column).querySelectorAll(
      '.dtcc-list-buttons .dtcc-button-text')].map((one) => one.textContent),
    pickList: (column, label) => step(() => {
      const button = [...cell(column).querySelectorAll(
        '.dtcc-list-buttons .dtcc-button')].find((one) =>
        one.querySelector('.dtcc-button-text').textContent === label);
      button.click();
    }),
  };
})();
