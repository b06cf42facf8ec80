/** Formats whose readers need a browser, opened in one by the loaders of three.js. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import type { ExtraFormat } from '../../src/protocol/formats.ts';
import { makeFormat } from '../../workers/export/formats/make-format.ts';
import { findChromium, launchChromium, NO_CHROMIUM, openPage } from '../helpers/chromium.ts';
import { createBoxModel, sideColor } from '../helpers/export-models.ts';

setDefaultTimeout(120_000);

/** What tests/fixtures/web/read-formats.js tells. */
interface Reading {
  faces: number;
  min: number[];
  max: number[];
  /** Width and colour space. */
  maps: Record<string, [number, string]>;
  colors: Array<{ normal: number[]; rgb: number[] }>;
}

const chromium = findChromium();

describe.skipIf(!chromium)(`in Chromium${chromium ? '' : ` (${NO_CHROMIUM})`}`, () => {
  const files = new Map<string, Uint8Array<ArrayBuffer> | string>();
  const server = Bun.serve({
    port: 0,
    fetch(request) {
      const path = new URL(request.url).pathname;
      const body = files.get(path);
      const type = path === '/' ? 'text/html' : path.endsWith('.js') ? 'text/javascript' : 'application/octet-stream';
      return body === undefined
        ? new Response('', { status: 404 })
        : new Response(body, { headers: { 'Content-Type': type } });
    },
  });
  let browser: Browser;

  beforeAll(async () => {
    const built = await Bun.build({
      entrypoints: [join(import.meta.dir, '../fixtures/web/read-formats.js')],
      target: 'browser',
    });
    files.set('/reader.js', (await built.outputs[0]?.text()) ?? '');
    files.set('/', '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/reader.js"></script>');
    browser = await launchChromium(chromium ?? '');
  });

  afterAll(async () => {
    await browser?.close();
    await server.stop(true);
  });

  async function read(format: ExtraFormat): Promise<Reading> {
    files.set(`/model.${format}`, new Uint8Array(await makeFormat(format, await createBoxModel())));
    await using watched = await openPage(browser, server.url.origin, '/');
    await watched.page.waitForFunction('globalThis.readModel');
    const reading = await watched.page.evaluate<Reading>(`readModel('${format}', '/model.${format}')`);
    expect(watched.errors).toEqual([]);
    return reading;
  }

  test.each([
    [
      'glb-web',
      { min: [-0.5, -0.5, -0.25], max: [0.5, 1.5, 0.25] },
      ['map', 'roughnessMap', 'metalnessMap', 'normalMap'],
    ],
    ['usdz', { min: [-0.5, -0.5, -0.25], max: [0.5, 1.5, 0.25] }, ['map', 'roughnessMap', 'metalnessMap', 'normalMap']],
    ['3mf', { min: [-500, -250, -500], max: [500, 250, 1500] }, ['map']],
  ] as const)('%s is the box, each side in its own colour', async (format, bounds, maps) => {
    const reading = await read(format);
    expect(reading.faces).toBe(6 * 3 * 3 * 2);
    const tolerance = 1e-4 * (bounds.max[0] - bounds.min[0]) * 2;
    for (const corner of ['min', 'max'] as const) {
      for (const axis of [0, 1, 2]) {
        expect(Math.abs(reading[corner][axis]! - bounds[corner][axis]!)).toBeLessThan(tolerance);
      }
    }
    expect(Object.keys(reading.maps)).toEqual([...maps]);
    expect(reading.maps.map).toEqual([48, 'srgb']);
    for (const { normal, rgb } of reading.colors) {
      const [x, y, z] = normal as [number, number, number];
      const expected = sideColor(format === '3mf' ? [x, z, -y] : [x, y, z]);
      // WebP is lossy.
      for (const channel of [0, 1, 2])
        expect(Math.abs(rgb[channel]! - expected[channel]!)).toBeLessThanOrEqual(format === 'glb-web' ? 12 : 0);
    }
  });
});
