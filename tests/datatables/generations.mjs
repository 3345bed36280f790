// The generations of DataTables that are tried, each with the extensions of its
// time: the scripts of each, in the order in which a page loads them, and what
// it can do.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

// A package's file, wherever npm has put the package.
const file = (name) => {
  const [folder, ...rest] = name.split('/');
  return join(dirname(require.resolve(`${folder}/package.json`)), ...rest);
};

const scripts = (...names) => names.map(file);

export const generations = [
  {
    name: '1.10', packages: '1.10.25, SearchBuilder 1.3.4, SearchPanes 1.4.0',
    has: ['builder', 'panes'],
    scripts: () => scripts('jquery/dist/jquery.js',
      'datatables-1-10/js/jquery.dataTables.js',
      'datatables-1-datetime/dist/dataTables.dateTime.js',
      'datatables-1-10-select/js/dataTables.select.js',
      'datatables-1-10-searchbuilder/js/dataTables.searchBuilder.js',
      'datatables-1-10-searchpanes/js/dataTables.searchPanes.js'),
  },
  {
    name: '1.13', packages: '1.13.11, SearchBuilder 1.5.0, SearchPanes 2.2.0',
    has: ['builder', 'panes'],
    scripts: () => scripts('jquery/dist/jquery.js',
      'datatables-1-13/js/jquery.dataTables.js',
      'datatables-1-datetime/dist/dataTables.dateTime.js',
      'datatables-1-13-select/js/dataTables.select.js',
      'datatables-1-13-searchbuilder/js/dataTables.searchBuilder.js',
      'datatables-1-13-searchpanes/js/dataTables.searchPanes.js'),
  },
  {
    name: '2', packages: '2.3.8, SearchBuilder 1.8.4, SearchPanes 2.3.5, ' +
      'ColumnControl 1.2.1, Scroller 2.4.3',
    has: ['builder', 'panes', 'control', 'fixed', 'scroller'],
    scripts: () => scripts('jquery/dist/jquery.js',
      'datatables-2/js/dataTables.js',
      'datatables-2-datetime/dist/dataTables.dateTime.js',
      'datatables-2-select/js/dataTables.select.js',
      'datatables-2-searchbuilder/js/dataTables.searchBuilder.js',
      'datatables-2-searchpanes/js/dataTables.searchPanes.js',
      'datatables-2-columncontrol/js/dataTables.columnControl.js',
      'datatables-2-scroller/js/dataTables.scroller.js'),
  },
  {
    // There is no SearchPanes for it yet.
    name: '3', packages: '3.1.2, SearchBuilder 2.1.0, ColumnControl 2.1.1, ' +
      'Scroller 3.1.0',
    has: ['builder', 'control', 'fixed', 'groups', 'scroller'],
    // Without jQuery but for the picker of dates, whose version for it comes
    // from npm without its scripts.
    scripts: () => scripts('datatables.net/js/dataTables.js',
      'jquery/dist/jquery.js',
      'datatables-2-datetime/dist/dataTables.dateTime.js',
      'datatables-3-searchbuilder/js/dataTables.searchBuilder.js',
      'datatables-3-columncontrol/js/dataTables.columnControl.js',
      'datatables-3-scroller/js/dataTables.scroller.js'),
  },
];
