#!/usr/bin/env bun
/**
 * Renders the example pictures that the demo, the page and the README use, into `src/web/examples`.
 * The objects are modelled here; the pictures are dedicated to the public domain (CC0).
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VIEW_NAMES } from '../../src/protocol/views.ts';
import { encodePng } from '../imaging/encode-image.ts';
import { viewCamera } from '../texture/camera.ts';
import { cactus } from './cactus.ts';
import { meshObject, renderObject } from './render-object.ts';
import { robot } from './robot.ts';
import { rocket } from './rocket.ts';

const PICTURE_SIZE = 512;
const MESH_CELLS = 224;
/** Half of the world that the pictures show: a length of 2 fills 90 % of the frame. */
const HALF_SIZE = 1 / 0.9;

const folder = join(import.meta.dir, '../../src/web/examples');
const objects = [robot, cactus, rocket];
for (const object of objects) {
  const mesh = meshObject(object, MESH_CELLS);
  await mkdir(join(folder, object.name), { recursive: true });
  for (const view of VIEW_NAMES) {
    const { pixels, width, height } = renderObject(object, mesh, viewCamera(view, HALF_SIZE), PICTURE_SIZE);
    await writeFile(
      join(folder, object.name, `${view}.png`),
      await encodePng(pixels, width, height, 4, { compressionLevel: 9 }),
    );
  }
}
const index = objects.map(({ name, title }) => ({ name, title, views: VIEW_NAMES }));
await writeFile(join(folder, 'index.json'), `${JSON.stringify(index, null, 2)}\n`);
