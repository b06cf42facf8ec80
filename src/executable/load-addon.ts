import { programFile } from '../program-files.ts';

/**
 * Loads a native library. In the executable it stands for the `require` of packages that carry one, which would look
 * for it beside their own code.
 * @param path from the root of the checkout; it finds the libraries that it needs by its own place
 */
export function loadAddon(path: string): unknown {
  const module = { exports: {} };
  process.dlopen(module, programFile(path));
  return module.exports;
}
