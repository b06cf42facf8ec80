/** The page in a real browser on a server that asks for a key. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import type { Browser } from 'playwright-core';
import { ApiKeys, createApiKey, parseApiKeys } from '../../src/http/access/api-keys.ts';
import {
  findAccessibilityProblems,
  findChromium,
  giveFiles,
  launchChromium,
  NO_CHROMIUM,
  openPage,
} from '../helpers/chromium.ts';
import { listenTestServer } from '../helpers/listen-test-server.ts';
import { pngOf } from '../helpers/picture-bytes.ts';

setDefaultTimeout(120_000);

const chromium = findChromium();
const picture = { name: 'front.png', type: 'image/png', base64: Buffer.from(pngOf(32, 32)).toString('base64') };
const { key, line } = createApiKey('page');
const keys = new ApiKeys(parseApiKeys(line));

describe.skipIf(!chromium)(`the web page with keys in Chromium${chromium ? '' : ` (${NO_CHROMIUM})`}`, () => {
  const server = listenTestServer({}, { apiKeys: () => keys });
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium(chromium ?? '');
  });
  afterAll(async () => {
    await browser?.close();
    await server[Symbol.asyncDispose]();
  });

  test('asks for a key, follows a job with it and gives the files away', async () => {
    await using watched = await openPage(browser, server.origin, '/');
    const { page } = watched;
    const text = (selector: string, pattern: RegExp) =>
      page.locator(selector).filter({ hasText: pattern, visible: true }).waitFor();
    await text('#key-note', /asks for a key/);
    expect(await findAccessibilityProblems(page)).toEqual([]);

    await page.locator('#key').fill('hy3d_wrong');
    await page.keyboard.press('Enter');
    await text('#key-note', /does not know this key/);
    await page.locator('#key').fill(` ${key} `);
    await page.keyboard.press('Enter');
    await page.locator('#key-form').waitFor({ state: 'hidden' });
    await text('#jobs-note', /No jobs yet/);

    await giveFiles(page, 'drop', '.slot.front', [picture]);
    await page.locator('.slot.front.filled').waitFor();
    await page.locator('#submit').click();
    await text('#stage', /Waiting, position 1/);
    const id = new URL(page.url()).hash.slice(1);
    server.jobs.move(id, 'state', { state: 'processing' });
    server.jobs.move(id, 'stage', { stage: 'texture', stageProgress: 0 });
    await text('#stage', /Texture/);
    expect(server.jobs.activeSubscriptions).toBe(1);

    const model = new Uint8Array([7, 7, 7]);
    server.jobs.complete(id, model);
    const link = page.locator('#download');
    await link.waitFor();
    expect(await link.getAttribute('href')).toMatch(/\?token=[^&]+&download=1$/);
    const download = page.waitForEvent('download');
    await link.click();
    expect(await Bun.file(await (await download).path()).bytes()).toEqual(model);
    await page.locator('#jobs [aria-current] img').waitFor();
    expect(page.url()).not.toContain(key);

    // In another tab of the same browser the key is not known.
    await using other = await openPage(browser, server.origin, `/#${id}`);
    await other.page.locator('#key-form').waitFor();
    await other.page.locator('#ended-reason').filter({ hasText: 'needs an API key' }).waitFor();
    await other.page.locator('#key').fill(key);
    await other.page.keyboard.press('Enter');
    await other.page.locator('#download').waitFor();
    expect([...watched.foreignRequests, ...other.foreignRequests]).toEqual([]);
    expect(server.faults).toEqual([]);
  });
});
