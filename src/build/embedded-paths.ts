import { Glob } from 'bun';
import type { BuildTarget } from './build-target.ts';

/** What the program reads at run time besides its code, as patterns from the root of a checkout. */
const WEB_FILES = [
  'src/web/**',
  'node_modules/@google/model-viewer/dist/model-viewer.min.js',
  'node_modules/swagger-ui-dist/swagger-ui-bundle.js',
  'node_modules/swagger-ui-dist/swagger-ui.css',
];
const NOT_SERVED = 'src/web/tsconfig.json';

/** The native libraries of a platform. Their places relative to each other are how they find each other. */
function nativeFiles(target: BuildTarget): string[] {
  const runtime = `node_modules/onnxruntime-node/bin/napi-v6/${target.replace('-', '/')}`;
  return [
    `${runtime}/onnxruntime_binding.node`,
    // The Mac's addon asks for the full version, of which the short name is a copy.
    target.startsWith('darwin') ? `${runtime}/libonnxruntime.1.*.*.dylib` : `${runtime}/libonnxruntime.so.1`,
    `node_modules/@img/sharp-${target}/lib/*.node`,
    `node_modules/@img/sharp-libvips-${target}/lib/libvips-cpp.*`,
  ];
}

/**
 * The files that go into the executable, sorted.
 * @param root a checkout with its packages installed for the target
 * @throws {Error} for a pattern that matches nothing: a package is missing or has changed
 */
export function findEmbeddedPaths(root: string, target: BuildTarget): string[] {
  const paths = [...WEB_FILES, ...nativeFiles(target)].flatMap((pattern) => {
    const found = [...new Glob(pattern).scanSync({ cwd: root, onlyFiles: true, followSymlinks: true })];
    if (found.length === 0) throw new Error(`Nothing in ${root} is called ${pattern}; is it installed for ${target}?`);
    return found;
  });
  return paths.filter((path) => path !== NOT_SERVED).sort();
}
