import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { programFile } from '../program-files.ts';
import { VIEW_NAMES, type ViewName } from '../protocol/views.ts';
import { UsageError } from './usage-error.ts';

export interface DemoObject {
  name: string;
  pictures: { front: string } & Partial<Record<ViewName, string>>;
}

/** The bundled objects, in the order in which the web page offers them. */
export async function listDemoObjects(dir: string = programFile('src/web/examples')): Promise<DemoObject[]> {
  const folders = readdirSync(dir, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const order = await pageOrder(dir);
  const rank = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  return folders
    .map((folder) => folder.name)
    .filter((name) => existsSync(join(dir, name, 'front.png')))
    .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b))
    .map((name) => ({ name, pictures: picturesOf(join(dir, name)) }));
}

/**
 * The bundled object of this name, or the first.
 * @throws {UsageError} that names the objects
 */
export async function findDemoObject(name?: string, dir?: string): Promise<DemoObject> {
  const objects = await listDemoObjects(dir);
  const object = name === undefined ? objects[0] : objects.find((candidate) => candidate.name === name);
  if (object) return object;
  const names = objects.map((candidate) => candidate.name).join(', ') || 'none';
  throw new UsageError(`--object: expected one of the bundled objects (${names}), got ${JSON.stringify(name)}.`);
}

async function pageOrder(dir: string): Promise<string[]> {
  const index = Bun.file(join(dir, 'index.json'));
  if (!(await index.exists())) return [];
  const entries: Array<{ name: string }> = await index.json();
  return entries.map((entry) => entry.name);
}

function picturesOf(dir: string): DemoObject['pictures'] {
  const pictures: DemoObject['pictures'] = { front: join(dir, 'front.png') };
  for (const view of VIEW_NAMES) {
    const path = join(dir, `${view}.png`);
    if (existsSync(path)) pictures[view] = path;
  }
  return pictures;
}
