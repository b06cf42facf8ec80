import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** Longest wait for one thing on the page; a job and the software renderer share the cores. */
const PATIENCE_MS = 50_000;

/** Why there is no browser, for the title of a skipped test. */
export const NO_CHROMIUM = `skipped: none of ${NAMES.join(', ')} is on the PATH`;

/** Path of an installed Chromium, as Debian's package brings it. */
export function findChromium(): string | undefined {
  return NAMES.map((name) => Bun.which(name)).find((path) => path !== null) ?? undefined;
}

/** A headless browser that draws WebGL in software and asks for nothing by itself. */
export function launchChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--use-gl=angle',
      '--use-angle=swiftshader',
      '--enable-unsafe-swiftshader',
    ],
  });
}

export interface WatchedPage extends AsyncDisposable {
  page: Page;
  /** Console errors and uncaught exceptions. */
  errors: string[];
  /** URLs of requests that left the origin. */
  foreignRequests: string[];
}

/** Opens `path` of the server in a context of its own and writes down what a good page does not do. */
export async function openPage(
  browser: Browser,
  origin: string,
  path: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  // Without motion and with few pixels the software renderer leaves the cores to the job.
  const context = await browser.newContext({
    baseURL: origin,
    viewport: { width: 900, height: 600 },
    deviceScaleFactor: 0.5,
    reducedMotion: 'reduce',
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const errors: string[] = [];
  const foreignRequests: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.origin !== origin && !['blob:', 'data:'].includes(url.protocol)) foreignRequests.push(url.href);
  });
  await page.goto(path);
  return { page, errors, foreignRequests, [Symbol.asyncDispose]: () => context.close() };
}

/** Presses Tab until the element with this id has the focus; throws when it cannot be reached. */
export async function tabTo(page: Page, id: string): Promise<void> {
  for (let i = 0; i < 60; i++) {
    if ((await page.evaluate('document.activeElement?.id')) === id) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`#${id} cannot be reached with the Tab key`);
}

/** Fires a drop or paste of files, as a file manager would, on the element that the selector finds. */
export async function giveFiles(
  page: Page,
  type: 'drop' | 'paste',
  selector: string,
  files: Array<{ name: string; type: string; base64: string }>,
): Promise<void> {
  await page.evaluate(
    `(({ type, selector, files }) => {
      const transfer = new DataTransfer();
      for (const { name, type, base64 } of files) {
        transfer.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name, { type }));
      }
      const event = type === 'drop'
        ? new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true })
        : new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true });
      document.querySelector(selector).dispatchEvent(event);
    })(${JSON.stringify({ type, selector, files })})`,
  );
}

interface AxeResults {
  violations: Array<{ id: string; nodes: Array<{ html: string; failureSummary?: string }> }>;
}

/** What axe-core finds against WCAG 2.2 A and AA, one line a finding. */
export async function findAccessibilityProblems(page: Page): Promise<string[]> {
  await page.evaluate(await Bun.file(Bun.resolveSync('axe-core/axe.min.js', import.meta.dir)).text());
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const { violations } = await page.evaluate<AxeResults>(`axe.run(document, { runOnly: ${JSON.stringify(tags)} })`);
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}\n${node.failureSummary}`));
}
