import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { findChromium, launchChromium, NO_CHROMIUM, openPage } from '../helpers/chromium.ts';
import { listenTestServer } from '../helpers/listen-test-server.ts';

setDefaultTimeout(120_000);

const chromium = findChromium();

describe.skipIf(!chromium)(`the page of the API in Chromium${chromium ? '' : ` (${NO_CHROMIUM})`}`, () => {
  test('shows every route and sends the example, with nothing but what this server serves', async () => {
    await using server = listenTestServer();
    const browser = await launchChromium(chromium ?? '');
    try {
      await using watched = await openPage(browser, server.origin, '/docs');
      const { page } = watched;
      const operation = page.locator('#operations-jobs-generate');
      await operation.waitFor();
      const { paths } = (await (await fetch(`${server.origin}/openapi.json`)).json()) as { paths: object };
      expect(await page.locator('.opblock').count()).toBe(Object.values(paths).flatMap(Object.keys).length);

      await operation.locator('.opblock-summary-control').click();
      await operation.locator('.try-out__btn').click();
      await operation.locator('.execute').click();
      await operation.locator('.live-responses-table .response-col_status').first().waitFor();
      expect(await operation.locator('.live-responses-table').textContent()).toContain('job_id');
      expect(server.jobs.inputs).toHaveLength(1);

      expect(watched.errors).toEqual([]);
      expect(watched.foreignRequests).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});
