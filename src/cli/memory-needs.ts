import { leastMemoryBytes } from '../../models/manifest/least-memory.ts';
import { loadManifest } from '../../models/manifest/load-manifest.ts';
import { errorMessageOf } from '../errors.ts';
import type { Log } from '../log.ts';

/** What each network needs of a device, by the name of its engine, so that the server knows it without knowing models. */
export function loadMemoryNeeds(modelsDir: string, log: Log): ReadonlyMap<string, number> {
  try {
    return new Map(loadManifest(modelsDir).map((entry) => [entry.name, leastMemoryBytes(entry)]));
  } catch (error) {
    // Jobs that mean such a model fail with the same reason; others are none the worse.
    log.warn({ err: error }, `the needs of networks are not known: ${errorMessageOf(error)}`);
    return new Map();
  }
}
