/** A finished model: the viewer, the files to take along, the pictures of it and its headline numbers. */
import { downloadUrl, getReport, sameOrigin } from './api.js';
import { create, element, formatSeconds, messageOf } from './dom.js';
import { createReportTables } from './report-tables.js';

/** @typedef {import('./api.js').JobStatus} JobStatus */

const VIEWER_ATTRIBUTES = {
  alt: 'The finished model. Drag it or use the arrow keys to turn it, plus and minus to come closer or go away.',
  'camera-controls': '',
  'camera-orbit': '30deg 76deg 105%',
  exposure: '0.9',
  'interaction-prompt': 'none',
  'shadow-intensity': '0.7',
  'shadow-softness': '0.9',
  'tone-mapping': 'neutral',
  'touch-action': 'pan-y',
};

/** Names of the further files by their key in `model_urls`. */
const FORMATS = { 'glb-web': 'Web GLB', obj: 'OBJ', stl: 'STL', ply: 'PLY', '3mf': '3MF', usdz: 'USDZ' };

export function createJobResult() {
  const stage = element('model');
  const done = element('done');
  const rotate = /** @type {HTMLButtonElement} */ (element('rotate'));
  const reducedMotion = matchMedia('(prefers-reduced-motion: reduce)');
  let isRotating = !reducedMotion.matches;
  let shownId = '';

  function applyRotation() {
    rotate.setAttribute('aria-pressed', String(isRotating));
    stage.querySelector('model-viewer')?.toggleAttribute('auto-rotate', isRotating);
  }
  rotate.addEventListener('click', () => {
    isRotating = !isRotating;
    applyRotation();
  });
  reducedMotion.addEventListener('change', () => {
    isRotating = !reducedMotion.matches;
    applyRotation();
  });

  function clear() {
    shownId = '';
    stage.replaceChildren();
    done.hidden = true;
  }

  /** @param {JobStatus} status of a completed job */
  function show(status) {
    const urls = status.model_urls;
    if (!urls) return;
    shownId = status.job_id;
    stage.replaceChildren(createViewer(sameOrigin(urls.glb), sameOrigin(urls.preview)));
    applyRotation();
    linkTo('download', downloadUrl(urls.glb)).download = `hy3d-${status.job_id.slice(0, 8)}.glb`;
    linkTo('open-preview', sameOrigin(urls.preview));
    linkTo('open-sheet', sameOrigin(urls.sheet));
    linkTo('open-report', sameOrigin(urls.report));
    /** @type {HTMLImageElement} */ (element('preview')).src = sameOrigin(urls.preview);
    /** @type {HTMLImageElement} */ (element('sheet')).src = sameOrigin(urls.sheet);
    renderFurtherFiles(urls);
    renderFacts(status);
    done.hidden = false;
    void renderReport(status, urls.report);
  }

  /**
   * @param {JobStatus} status
   * @param {string} url
   */
  async function renderReport(status, url) {
    const tables = element('report-tables');
    tables.replaceChildren();
    try {
      const report = await getReport(url);
      if (shownId === status.job_id) tables.replaceChildren(...createReportTables(report, status));
    } catch (error) {
      if (shownId === status.job_id) tables.replaceChildren(create('p', { textContent: messageOf(error) }));
    }
  }

  return { show, clear };
}

/**
 * @param {string} glb
 * @param {string} preview shown where the browser cannot draw in 3D
 */
function createViewer(glb, preview) {
  const viewer = document.createElement('model-viewer');
  for (const [name, value] of Object.entries(VIEWER_ATTRIBUTES)) viewer.setAttribute(name, value);
  viewer.setAttribute('src', glb);
  viewer.addEventListener('error', () => {
    const image = create('img', { src: preview, alt: 'The finished model. This browser cannot show it in 3D.' });
    viewer.replaceWith(image);
  });
  return viewer;
}

/** @param {Record<string, string>} urls */
function renderFurtherFiles(urls) {
  const links = Object.entries(FORMATS).flatMap(([format, textContent]) => {
    const url = urls[format];
    return url ? [create('a', { className: 'button', href: downloadUrl(url), textContent })] : [];
  });
  const further = element('further');
  further.replaceChildren(...links);
  further.hidden = links.length === 0;
}

/** @param {JobStatus} status */
function renderFacts(status) {
  const seconds = Object.values(status.timings).reduce((sum, value) => sum + value, 0);
  const views = Object.values(status.views).filter((use) => use.shape || use.texture).length;
  /** @type {[string, string][]} */
  const facts = [
    ['Triangles', status.summary?.faces.toLocaleString('en') ?? ''],
    ['Surface', status.summary?.watertight ? 'closed' : 'open'],
    ['Pictures', String(views)],
    ['Engine', status.engine?.name ?? ''],
    ['Time', formatSeconds(seconds)],
  ];
  element('facts').replaceChildren(
    ...facts.map(([term, value]) =>
      create('div', {}, create('dt', { textContent: term }), create('dd', { textContent: value })),
    ),
  );
}

/**
 * @param {string} id
 * @param {string} url
 */
function linkTo(id, url) {
  const link = /** @type {HTMLAnchorElement} */ (element(id));
  link.href = url;
  return link;
}
