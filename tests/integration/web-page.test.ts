/** The page in a real browser, on a real server with real workers. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { ApiClient } from '../helpers/api-client.ts';
import {
  findAccessibilityProblems,
  findChromium,
  giveFiles,
  launchChromium,
  NO_CHROMIUM,
  openPage,
  tabTo,
} from '../helpers/chromium.ts';
import { pngOf } from '../helpers/picture-bytes.ts';

setDefaultTimeout(120_000);

const MAIN = join(import.meta.dir, '../../src/main.ts');
/** Options by name of their field that make a job small. */
const SMALL_JOB = { face_count: '400', texture_size: '256', octree_resolution: '48' };
const PNG = { type: 'image/png', base64: Buffer.from(pngOf(32, 32)).toString('base64') };

const chromium = findChromium();

describe.skipIf(!chromium)(`the web page in Chromium${chromium ? '' : ` (${NO_CHROMIUM})`}`, () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'hy3d-web-'));
  const server = Bun.spawn(
    [process.execPath, MAIN, 'serve', '--port', '0', '--data', dataDir, '--gpus', 'none', '--log-level', 'warn'],
    { stdin: 'ignore', stdout: 'pipe', stderr: 'inherit' },
  );
  let origin: string;
  let api: ApiClient;
  let browser: Browser;

  beforeAll(async () => {
    const [line] = await Promise.all([
      firstLine(server.stdout),
      launchChromium(chromium ?? '').then((launched) => {
        browser = launched;
      }),
    ]);
    origin = `http://localhost:${/localhost:(\d+)/.exec(line)?.[1]}`;
    api = new ApiClient(origin);
  });

  afterAll(async () => {
    await browser?.close();
    server.kill();
    await server.exited;
    rmSync(dataDir, { recursive: true, force: true });
  });

  test('makes, shows and gives away a model of an example with nothing but the keyboard', async () => {
    await using watched = await openPage(browser, origin, '/');
    const { page } = watched;
    await page.locator('#examples button').first().waitFor();
    await tabTo(page, 'example-rocket');
    await page.keyboard.press('Enter');
    await page.locator('.slot.filled').nth(3).waitFor();
    expect(await page.locator('#announcer').textContent()).toContain('front, back, left, right');

    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    for (const [name, value] of Object.entries(SMALL_JOB)) await typeOption(page, name, value);
    await typeOption(page, 'height_mm', '120');
    for (const format of ['stl', '3mf']) await page.locator(`[name=formats][value="${format}"]`).press('Space');
    await recordProgress(page);
    await tabTo(page, 'submit');
    await page.keyboard.press('Enter');

    const viewer = page.locator('model-viewer');
    await viewer.or(page.locator('#ended')).filter({ visible: true }).waitFor();
    expect(await page.locator('#ended-reason').textContent()).toBe('');
    const { percents, stages } = await page.evaluate<Progress>('window.progressSeen');
    expect(percents.length).toBeGreaterThan(3);
    expect(percents).toEqual(percents.toSorted((a, b) => a - b));
    expect(stages).toContain('Texture');
    // Not polled by Playwright, which would need `eval` in the page, and its content policy forbids that.
    await page.evaluate(`new Promise((resolve) => {
      const viewer = document.querySelector('model-viewer');
      if (viewer.loaded) resolve(true);
      else viewer.addEventListener('load', resolve);
    }).then(() => true)`);
    expect(await viewer.getAttribute('auto-rotate')).toBeNull();
    expect(await page.evaluate('document.activeElement.id')).toBe('result');
    const triangles = await page.locator('#facts dd').first().textContent();
    expect(Number(triangles)).toBeWithin(300, 401);
    await page.locator('#jobs [aria-current] img').waitFor();

    const download = page.waitForEvent('download');
    await tabTo(page, 'download');
    await page.keyboard.press('Enter');
    const glb = await Bun.file(await (await download).path()).bytes();
    expect(new TextDecoder().decode(glb.subarray(0, 4))).toBe('glTF');
    expect(new DataView(glb.buffer).getUint32(8, true)).toBe(glb.length);

    expect(await page.locator('#further a').allTextContents()).toEqual(['STL', '3MF']);
    const further = page.waitForEvent('download');
    await page.locator('#further a').first().click();
    const stl = await Bun.file(await (await further).path()).bytes();
    expect(new DataView(stl.buffer).getUint32(80, true)).toBe(Number(triangles));

    await tabTo(page, 'rotate');
    await page.keyboard.press('Enter');
    expect(await viewer.getAttribute('auto-rotate')).toBe('');
    await page.locator('#report summary').click();
    expect(await page.locator('#report-tables').textContent()).toContain('Outline agrees');
    expect(await findAccessibilityProblems(page)).toEqual([]);

    expect(watched.errors).toEqual([]);
    expect(watched.foreignRequests).toEqual([]);

    // In a window so small that the viewer is out of sight and waits with its work.
    const viewport = { width: 390, height: 300 };
    await using restored = await openPage(browser, origin, `/#${jobIdOf(page)}`, { viewport });
    await restored.page.locator('#download').waitFor();
    expect(await restored.page.locator('model-viewer').getAttribute('src')).toBe(await viewer.getAttribute('src'));
  });

  test('shows the place in the queue, and cancels waiting and running jobs', async () => {
    await using watched = await openPage(browser, origin, '/');
    const { page } = watched;
    await page.locator('#example-robot').click();
    await page.locator('.slot.filled').nth(3).waitFor();
    await page.locator('#submit').click();
    await waitForText(page, '#stages [aria-current]', /./);
    const running = jobIdOf(page);

    await page.locator('#submit').click();
    await waitForText(page, '#stage', /^Waiting, position 1$/);
    const waiting = jobIdOf(page);
    await page.locator('#cancel').click();
    await waitForText(page, '#ended-title', /^Cancelled$/);
    expect(await api.status(waiting)).toMatchObject({ status: 'failed', error_code: 'cancelled' });

    await page.goBack();
    expect(jobIdOf(page)).toBe(running);
    await page.locator('#cancel').click();
    await waitForText(page, '#ended-title', /^Cancelled$/);
    expect(await api.status(running)).toMatchObject({ status: 'failed', error_code: 'cancelled' });
    await waitForText(page, '#jobs [aria-current] .state', /^Cancelled$/);
    expect(watched.errors).toEqual([]);
  });

  test('puts dropped and pasted files where their names say, and takes them away again', async () => {
    await using watched = await openPage(browser, origin, '/');
    const { page } = watched;
    const files = ['chair_back.png', 'chair-LEFT.png', 'leftover.png'].map((name) => ({ ...PNG, name }));
    await giveFiles(page, 'drop', 'header', files);
    await page.locator('.slot.filled').nth(2).waitFor();
    const pictureIn = (view: string) => page.locator(`.slot.${view} img`).getAttribute('title');
    expect(await Promise.all(['front', 'back', 'left'].map(pictureIn))).toEqual([
      'Front: leftover.png',
      'Back: chair_back.png',
      'Left: chair-LEFT.png',
    ]);

    await giveFiles(page, 'paste', 'body', [{ ...PNG, name: 'image.png' }]);
    await page.locator('.slot.right.filled').waitFor();
    await page.getByRole('button', { name: 'Remove the back picture' }).click();
    expect(await page.locator('.slot.filled').count()).toBe(3);
    expect(await page.evaluate('document.activeElement.id')).toBe('picture-back');
    expect(watched.errors).toEqual([]);
  });

  test('says in a sentence what is wrong with a file, without taking its name for markup', async () => {
    await using watched = await openPage(browser, origin, '/');
    const { page } = watched;
    const error = page.locator('#form-error');
    await page.locator('#submit').click();
    expect(await error.textContent()).toBe('Add a picture of the front first.');
    expect(await page.evaluate('document.activeElement.id')).toBe('picture-front');

    const name = '<img src=x onerror=alert(1)>.txt';
    await giveFiles(page, 'drop', '.slot.front', [{ name, type: 'text/plain', base64: btoa('text') }]);
    await waitForText(page, '#form-error', /is not a PNG, JPEG, WebP, AVIF, TIFF or GIF picture/);
    expect(await error.textContent()).toContain(name);
    expect(await error.locator('*').count()).toBe(0);

    await giveFiles(page, 'drop', '.slot.front', [{ name: 'text.png', type: 'image/png', base64: btoa('text') }]);
    await page.locator('.slot.front.filled').waitFor();
    await page.locator('#submit').click();
    await waitForText(page, '#form-error', /^images\.front: expected a PNG/);
  });

  test('shows why a job failed, and that a job is unknown', async () => {
    await using watched = await openPage(browser, origin, '/');
    const { page } = watched;
    await giveFiles(page, 'drop', '.slot.front', [{ ...PNG, name: 'nothing.png' }]);
    await page.locator('.slot.front.filled').waitFor();
    await page.locator('#submit').click();
    await waitForText(page, '#ended-title', /^No model was made$/);
    const { error } = await api.status(jobIdOf(page));
    expect(await page.locator('#ended-reason').textContent()).toBe(error ?? 'an error');
    await waitForText(page, '#jobs [aria-current] .state', /^Failed$/);
    expect(watched.errors).toEqual([]);

    await page.goto('/#00000000-0000-4000-8000-000000000000');
    await waitForText(page, '#ended-reason', /^There is no job with this id/);
  });

  test.each(['light', 'dark'] as const)('has no accessibility problem that axe finds in %s colours', async (scheme) => {
    const options = { colorScheme: scheme, viewport: { width: 390, height: 800 } };
    await using watched = await openPage(browser, origin, '/', options);
    const { page } = watched;
    await page.getByLabel('Front only').check({ force: true });
    await page.locator('#example-cactus').click();
    await page.locator('.slot.filled').waitFor();
    expect(await page.locator('.slot.filled').count()).toBe(1);
    await page.locator('#options summary').click();
    await page.locator('#jobs button, #jobs-note').filter({ visible: true }).first().waitFor();
    expect(await findAccessibilityProblems(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
  });
});

interface Progress {
  percents: number[];
  stages: string[];
}

/** Writes down every change of the percentage and the stage from now on. */
async function recordProgress(page: Page): Promise<void> {
  await page.evaluate(`
    const seen = (window.progressSeen = { percents: [], stages: [] });
    new MutationObserver(() => {
      const percent = parseInt(document.getElementById('percent').textContent);
      const stage = document.getElementById('stage').textContent;
      if (percent >= 0 && seen.percents.at(-1) !== percent) seen.percents.push(percent);
      if (seen.stages.at(-1) !== stage) seen.stages.push(stage);
    }).observe(document.getElementById('working'), { childList: true, subtree: true });
  `);
}

/** Reaches the field of an option with Tab and types or, in a list, chooses by typing. */
async function typeOption(page: Page, name: string, value: string): Promise<void> {
  for (let i = 0; (await page.evaluate('document.activeElement.name')) !== name; i++) {
    if (i > 30) throw new Error(`the option ${name} cannot be reached with the Tab key`);
    await page.keyboard.press('Tab');
  }
  await page.keyboard.type(value);
  expect(await page.locator(`[name=${name}]`).inputValue()).toBe(value);
}

function jobIdOf(page: Page): string {
  return new URL(page.url()).hash.slice(1);
}

/** Waits until an element has a text that matches. */
async function waitForText(page: Page, selector: string, pattern: RegExp): Promise<void> {
  await page.locator(selector).filter({ hasText: pattern, visible: true }).waitFor();
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const reader = stream.getReader();
  let text = '';
  while (!text.includes('\n')) {
    const { done, value } = await reader.read();
    if (done) throw new Error('the server ended before it was ready');
    text += new TextDecoder().decode(value);
  }
  reader.releaseLock();
  return text;
}
