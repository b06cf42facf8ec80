import { join, resolve } from 'node:path';
import type { Embedded } from '../executable/embedded.ts';
import type { BuildTarget } from './build-target.ts';
import { embedPlugin } from './embed-plugin.ts';

export const CHECKOUT_DIR = resolve(import.meta.dir, '../..');
/** The second is the thread of the worker process, which the first starts by its file name. */
const ENTRY_POINTS = ['src/main.ts', 'workers/pipeline-thread.ts'];

/** What decides which code the executable contains. */
export function bundleOptions(embedded: Embedded, target: BuildTarget) {
  return {
    entrypoints: ENTRY_POINTS.map((path) => join(CHECKOUT_DIR, path)),
    target: 'bun',
    format: 'esm',
    // Flat, so that the thread is found beside the main program as in the source.
    naming: { entry: '[name].[ext]', asset: '[name].[ext]' },
    // Bun would write the build machine's folders into CommonJS packages, none of which reads files at run time.
    define: { __dirname: '"/"', __filename: '"/"' },
    plugins: [embedPlugin(embedded, target)],
  } satisfies Partial<Bun.BuildConfig>;
}
