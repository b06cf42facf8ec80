/** The report of a job as tables for people; the JSON has all of it. */
import { create, formatPercent } from './dom.js';
import { stageTitle } from './stages.js';

/** @typedef {import('./api.js').JobReport} JobReport */
/** @typedef {import('./api.js').JobStatus} JobStatus */

/**
 * @param {JobReport} report
 * @param {JobStatus} status
 */
export function createReportTables(report, status) {
  const views = Object.entries(status.views).map(([name, use]) => {
    const { silhouetteIou, colorError } = report.views[name] ?? {};
    const uses = [use.shape && 'shape', use.texture && 'texture'].filter(Boolean).join(', ') || 'not used';
    return [
      name,
      use.note ? `${uses}: ${use.note}` : uses,
      silhouetteIou === undefined ? '–' : formatPercent(silhouetteIou),
      colorError === undefined ? '–' : formatPercent(colorError),
    ];
  });
  const { mesh, uv, textures = [] } = report;
  const model = [
    ['Vertices', mesh.vertices.toLocaleString('en')],
    ['Separate parts', String(mesh.components)],
    ['Holes through it', String(mesh.genus)],
    ...(uv
      ? [
          ['Texture charts', String(uv.charts)],
          ['Texture used', formatPercent(uv.coverage)],
        ]
      : []),
    ...textures.map(({ name, width, height, bytes }) => [name, `${width} × ${height}, ${Math.ceil(bytes / 1024)} KiB`]),
  ];
  const timings = Object.entries(status.timings).map(([stage, seconds]) => [
    stageTitle(stage),
    `${seconds.toFixed(1)} s`,
  ]);
  return [
    createTable('Pictures', ['View', 'Used for', 'Outline agrees', 'Colour differs'], views),
    createTable('Model', ['Property', 'Value'], model),
    createTable('Time', ['Stage', 'Took'], timings),
  ];
}

/**
 * @param {string} title
 * @param {string[]} headings
 * @param {string[][]} rows
 */
function createTable(title, headings, rows) {
  const head = create('tr', {}, ...headings.map((text) => create('th', { textContent: text, scope: 'col' })));
  const body = rows.map((cells) =>
    create(
      'tr',
      {},
      ...cells.map((text, i) =>
        i === 0 ? create('th', { textContent: text, scope: 'row' }) : create('td', { textContent: text }),
      ),
    ),
  );
  return create(
    'table',
    {},
    create('caption', { textContent: title }),
    create('thead', {}, head),
    create('tbody', {}, ...body),
  );
}
