// What each curve shows: its points' figures as lines of panels (one SVG, by
// gnuplot) and as columns of a table (Markdown).
import { writeFileSync } from 'node:fs';
import { finish } from './measure.mjs';
import { events, sockets } from './growth_events.mjs';
import { owners, rows, workers } from './growth_http.mjs';

const MB = 1e6;
const per = (name, unit) => (point) => point[name] / unit;
const ms = (name) => per(name, 1000);
const percent = (name) => (point) => 100 * point[name];
const kinds = [['list', 'list'], ['page', 'by page'], ['cursor', 'by cursor'],
               ['search', 'search'], ['create', 'create'],
               ['ample', 'search, ample']];
const some = (...names) => kinds.filter(([kind]) => names.includes(kind));
const linesOf = (suffix, list, unit = 1) => list.map(([kind, title]) =>
  [title, per(`${kind}_${suffix}`, unit)]);

// panel: [its unit, lines: [title, figure of a point], linear?]
// column: [heading, figure of a point, digits behind the point]
export const curves = {
  rows: { run: rows, x: ['orders of one owner', 'orders'], panels: [
    ['us of the server per request', linesOf('cpu_us', kinds)],
    ['requests per second', linesOf('rate', kinds)],
    ['p99, ms', linesOf('p99_us', kinds, 1000)],
    ['MB', [['server, after lists', per('rss', MB)],
            ['server, after searches', per('searched_rss', MB)],
            ['database file', per('database', MB)]]]],
    columns: [
      ...kinds.map(([kind, title]) => [`${title}: us / rate / p99 ms`, (point) =>
        `${kind}_rate` in point ? [[`${kind}_cpu_us`, 1, 1], [`${kind}_rate`, 1, 0],
         [`${kind}_p99_us`, 1000, 1]].map(([name, unit, digits]) =>
          shown(point[name] / unit, digits)).join(' / ') : '']),
      ['start ms', per('start_ms', 1), 1],
      ['MB after lists', per('rss', MB), 0],
      ['after searches', per('searched_rss', MB), 0],
      ['database bytes per order', per('order_bytes', 1), 0],
      ['imported/s', per('import_rate', 1), 0]] },
  owners: { run: owners, x: ['owners', 'owners'], panels: [
    ['us of the server per request', linesOf('cpu_us', some('list', 'create'))],
    ['% of lists that were kept', [['kept', percent('list_kept')]], true],
    ['MB', [['server, after lists', per('rss', MB)],
            ['server, after creates', per('created_rss', MB)],
            ['database file', per('database', MB)]]],
    ['start, ms', [['start', per('start_ms', 1)]], true]],
    columns: [
      ['orders', per('orders', 1), 0], ['list us', per('list_cpu_us', 1), 1],
      ['list/s', per('list_rate', 1), 0],
      ['bytes each', per('list_bytes', 1), 0],
      ['kept %', percent('list_kept'), 0],
      ['create us', per('create_cpu_us', 1), 1],
      ['create/s', per('create_rate', 1), 0],
      ['start ms', per('start_ms', 1), 1],
      ['MB after lists', per('rss', MB), 0],
      ['after creates', per('created_rss', MB), 0],
      ['database MB', per('database', MB), 0]] },
  sockets: { run: sockets, x: ['sockets of one owner', 'sockets'], panels: [
    ['us per delivery', [['server', per('cpu_us', 1)],
                         ['client', per('generator_us', 1)]]],
    ['deliveries per second', [['deliveries', per('rate', 1)]]],
    ['POST to frame, ms', [['p50', ms('p50_us')], ['p99', ms('p99_us')]]],
    ['KB of the server per idle socket',
     [['memory', per('socket_bytes', 1024)]], true]],
    columns: [
      ['deliveries/s', per('rate', 1), 0], ['server us', per('cpu_us', 1), 2],
      ['client us', per('generator_us', 1), 2], ['p50 ms', ms('p50_us'), 2],
      ['p99 ms', ms('p99_us'), 2],
      ['KB per idle socket', per('socket_bytes', 1024), 2],
      ['server us per handshake', per('handshake_us', 1), 0]] },
  workers: { run: workers, x: ['workers', 'workers', true], panels: [
    ['requests per second', linesOf('rate', some('list', 'create')), true],
    ['us of the server per request', linesOf('cpu_us', some('list', 'create')),
     true],
    ['POST to frame at 2,000/s, ms', [['p50', ms('frame_p50_us')],
                                      ['p99', ms('frame_p99_us')]], true],
    ['bytes through Redis per event', [
      ['in, batched', per('unheard_in', 1)],
      ['out, nobody follows', per('unheard_out', 1)],
      ['in, at 2,000/s', per('heard_in', 1)],
      ['out, one follows', per('heard_out', 1)]], true]],
    columns: [
      ['list/s', per('list_rate', 1), 0], ['list us', per('list_cpu_us', 1), 1],
      ['create/s', per('create_rate', 1), 0],
      ['create us', per('create_cpu_us', 1), 1],
      ['frame p50 ms', ms('frame_p50_us'), 2],
      ['frame p99 ms', ms('frame_p99_us'), 2],
      ['Redis bytes per event in, batched', per('unheard_in', 1), 0],
      ['out', per('unheard_out', 1), 0],
      ['Redis us', per('unheard_redis_us', 1), 1],
      ['in, at 2,000/s, followed', per('heard_in', 1), 0],
      ['out', per('heard_out', 1), 0], ['Redis us', per('heard_redis_us', 1), 1],
      ['kept by Redis', per('heard_memory', 1), 0]] },
  events: { run: events, x: ['events per second, offered', 'offered'], panels: [
    ['events per second', [['reached', per('rate', 1)],
                           ['offered', per('offered', 1)]]],
    ['POST to frame, ms', [['p50', ms('p50_us')], ['p99', ms('p99_us')]]],
    ['us per event', [['server', per('cpu_us', 1)],
                      ['generator', per('generator_us', 1)]]],
    ['% of the time', [['loop thread', percent('loop')],
                       ['writer thread', percent('writer')],
                       ['in commits', percent('commits')],
                       ['no core free', percent('late')],
                       ['generator', percent('generator')]], true]],
    columns: [
      ['reached/s', per('rate', 1), 0], ['p50 ms', ms('p50_us'), 2],
      ['p99 ms', ms('p99_us'), 2], ['server us', per('cpu_us', 1), 1],
      ['generator us', per('generator_us', 1), 1],
      ['loop %', percent('loop'), 0], ['writer %', percent('writer'), 0],
      ['in commits %', percent('commits'), 0],
      ['no core free %', percent('late'), 0],
      ['generator %', percent('generator'), 0]] },
};

function shown(value, digits) {
  if (typeof value === 'string') return value;
  if (value === undefined || Number.isNaN(value)) return '';
  return value.toLocaleString('en', { minimumFractionDigits: digits,
                                      maximumFractionDigits: digits });
}

// Without the columns that no point has a figure for.
export function table({ x, columns }, points) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const filled = columns.map(([heading, figure, digits]) =>
    [heading, ...points.map((point) => shown(figure(point), digits))])
    .filter(([, ...cells]) => cells.some((cell) => cell !== ''));
  return [line([x[0], ...filled.map(([heading]) => heading)]),
    `|${' --- |'.repeat(filled.length + 1)}`,
    ...points.map((point, i) => line([shown(point[x[1]], 0),
      ...filled.map((cells) => cells[i + 1])]))].join('\n');
}

const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#5b4a00', '#56b4e9'];

function panel([unit, all, isLinear], i, { x }, points) {
  const lines = all.filter(([, figure]) =>
    points.some((point) => Number.isFinite(figure(point))));
  const data = points.map((point) => [point[x[1]],
    ...lines.map(([, figure]) => figure(point))]
    .map((value) => value > 0 || isLinear && value === 0 ? value : 'NaN')
    .join(' ')).join('\n');
  const plots = lines.map(([title], j) => `$points${i} using 1:${j + 2} with ` +
    `linespoints lw 2 pt ${[7, 5, 9, 11, 13, 7][j]} ps 0.6 lc rgb "${colours[j]}"` +
    ` title "${title}"`);
  return `$points${i} << END
${data}
END
unset logscale
set ${x[2] ? 'xtics 1' : 'logscale x'}
${isLinear ? 'set yrange [0:*]' : 'set logscale y\nset yrange [*:*]'}
set ylabel "${unit}"
plot ${plots.join(', \\\n  ')}
`;
}

// What gnuplot says of every line again is said once; nothing empty is left.
function squeeze(svg) {
  const hex = (...parts) => `#${parts.slice(1, 4).map((part) =>
    Number(part).toString(16).padStart(2, '0')).join('')}`;
  return svg.replace(/(\.\d)\d+/g, '$1')
    .replace(/rgb\(\s*(\d+),\s*(\d+),\s*(\d+)\)/g, hex)
    .replace(/ stroke-linecap="butt" stroke-linejoin="miter"/g, '')
    .replace(/ stroke-dasharray='2,4' class="gridline"/g, '')
    .replace(/<g fill="none" color="(black|gray)" stroke="currentColor"/g, '<g')
    .replace(/<g stroke-width="1\.0">/g, '<g>')
    .replace(/<\/?tspan[^>]*>/g, '')
    .replace(/ font-family="Arial" font-size="13\.0" /g, '')
    .replace(/<filter[^]*?<\/filter>/g, '')
    .replace(/<g[^>]*>\s*<\/g>/g, '')
    .replace('fill="#ffffff"/>', 'fill="#ffffff" stroke="none"/>')
    .replace('<g id="gnuplot_canvas"', '$& fill="none" color="black" ' +
      'stroke="currentColor" font-family="Arial, sans-serif" font-size="13"')
    .replace(/\s*\n\s*/g, '\n');
}

export async function draw(file, curve, points) {
  const { x, panels } = curve;
  const [first, last] = [points[0], points.at(-1)].map((point) => point[x[1]]);
  const script = `set terminal svg size 960,720 font "Arial,13" background "white"
set datafile missing "NaN"
set multiplot layout 2,2
set xlabel "${x[0]}"
set xrange [${x[2] ? `${first - 0.2}:${last + 0.2}`
                   : `${first / 1.3}:${last * 1.3}`}]
set format x "${x[2] ? '%.0f' : '%.0s%c'}"
set format y "%.8g"
set grid xtics ytics lc rgb "#dddddd" lw 1 dt solid
set border 3 lc rgb "#444444"
set tics nomirror
set mxtics 1
set mytics 1
set key above horizontal samplen 1.5
${panels.map((one, i) => panel(one, i, curve, points)).join('\n')}`;
  writeFileSync(file, squeeze(await finish('gnuplot', ['-d'],
                                           { input: script })));
}
