import { expect, test } from 'bun:test';
import { join } from 'node:path';
import examples from '../../../../src/web/examples/index.json' with { type: 'json' };
import { cactus } from '../../../../workers/demo-objects/cactus.ts';
import { type DemoObject, objectDistance } from '../../../../workers/demo-objects/demo-object.ts';
import { meshObject, renderObject } from '../../../../workers/demo-objects/render-object.ts';
import { robot } from '../../../../workers/demo-objects/robot.ts';
import { rocket } from '../../../../workers/demo-objects/rocket.ts';
import { ellipsoid, roundedBox, smoothUnion, torus } from '../../../../workers/demo-objects/signed-distance.ts';
import { measureTopology } from '../../../../workers/geometry/mesh-topology.ts';
import { decodeImage } from '../../../../workers/imaging/decode-image.ts';
import { viewCamera } from '../../../../workers/texture/camera.ts';

const objects: DemoObject[] = [robot, cactus, rocket];

test('the distances to primitives have the right sign and size', () => {
  expect(roundedBox([0, 0, 3], [0, 0, 0], [1, 1, 1], 0.2)).toBeCloseTo(2, 12);
  expect(roundedBox([0, 0, 0], [0, 0, 0], [1, 1, 1], 0.2)).toBeCloseTo(-1, 12);
  expect(torus([2, 0, 0], [0, 0, 0], 1, 1, 0.25)).toBeCloseTo(0.75, 12);
  expect(ellipsoid([0, 2, 0], [0, 0, 0], [1, 2, 3])).toBeCloseTo(0, 12);
  expect(smoothUnion(0.5, 2, 0.3)).toBe(0.5);
  expect(smoothUnion(0.5, 0.5, 0.3)).toBeLessThan(0.5);
});

test.each(objects)('$name is closed, stands within [-1, 1] and leaves the corners empty', (object) => {
  const mesh = meshObject(object, 64);
  const topology = measureTopology(mesh);
  expect(topology.watertight).toBe(true);
  expect(topology.volume).toBeGreaterThan(0.2);
  expect(Math.max(...mesh.positions.map(Math.abs))).toBeLessThanOrEqual(1);
  expect(objectDistance(object, [1, 1, 1])).toBeGreaterThan(0);
});

test('the picture of an object is antialiased, lit and transparent around it', () => {
  const mesh = meshObject(robot, 64);
  const { pixels } = renderObject(robot, mesh, viewCamera('front', 1.1), 48, 2);
  const alphas = new Set<number>();
  for (let i = 3; i < pixels.length; i += 4) alphas.add(pixels[i]!);
  expect(alphas.has(0)).toBe(true);
  expect(alphas.has(255)).toBe(true);
  expect(alphas.size).toBeGreaterThan(2);
});

test.each(examples)('the pictures of the example $name are there with real transparency', async ({ name, views }) => {
  expect(objects.map((object) => object.name)).toContain(name);
  for (const view of views) {
    const path = join(import.meta.dir, '../../../../src/web/examples', name, `${view}.png`);
    const image = await decodeImage(await Bun.file(path).bytes(), { maxPixels: 1e6, name: view });
    expect([image.width, image.height]).toEqual([512, 512]);
    expect(image.pixels[3]).toBe(0);
  }
});
