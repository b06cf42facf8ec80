import { expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type JSONDocument, NodeIO, type Primitive } from '@gltf-transform/core';
import { EXTTextureWebP } from '@gltf-transform/extensions';
import { inspect } from '@gltf-transform/functions';
import sharp from 'sharp';
import type { JobInput, JobSnapshot, UploadedImage } from '../../src/jobs/job-service.ts';
import { WORKER_COMMAND } from '../../src/program-files.ts';
import { EXTRA_FORMATS, FORMAT_SUFFIXES, MODEL_FORMATS } from '../../src/protocol/formats.ts';
import { type GenerateOptions, GenerateOptionsSchema } from '../../src/protocol/options.ts';
import type { ViewName } from '../../src/protocol/views.ts';
import { readWebGlb } from '../../workers/export/build-web-glb.ts';
import { read3mf } from '../../workers/export/formats/read-3mf.ts';
import { readObj } from '../../workers/export/formats/read-obj.ts';
import { readPly } from '../../workers/export/formats/read-ply.ts';
import { readStl } from '../../workers/export/formats/read-stl.ts';
import { readUsdz } from '../../workers/export/formats/read-usdz.ts';
import { type Report, ReportSchema } from '../../workers/export/report.ts';
import { measureTopology } from '../../workers/geometry/mesh-topology.ts';
import { weldVertices } from '../../workers/geometry/weld.ts';
import { createTestJobService, type TestService, waitForEnd } from '../helpers/create-test-job-service.ts';
import { validateGlb } from '../helpers/validate-glb.ts';

const SMALL = { face_count: 2000, texture_size: 256, octree_resolution: 64 } as const;

/** Unit, axis that points up and number of textures of each format. */
const READERS = {
  glb: { textures: 3, up: 1, unit: 'm', reader: readWebGlb },
  'glb-web': { textures: 3, up: 1, unit: 'm', reader: readWebGlb },
  obj: { textures: 4, up: 2, unit: 'mm', reader: (bytes: Uint8Array) => readObj(bytes, 'model') },
  stl: { textures: 0, up: 2, unit: 'mm', reader: readStl },
  ply: { textures: 0, up: 2, unit: 'mm', reader: readPly },
  '3mf': { textures: 1, up: 2, unit: 'mm', reader: read3mf },
  usdz: { textures: 3, up: 1, unit: 'm', reader: (bytes: Uint8Array) => readUsdz(bytes, 'model') },
} as const;

interface Finished {
  job: JobSnapshot;
  glb: Uint8Array;
  report: Report;
  primitive: Primitive;
  json: JSONDocument['json'];
}

function example(view: ViewName): UploadedImage {
  const path = join(import.meta.dir, '../../src/web/examples/robot', `${view}.png`);
  return { bytes: new Uint8Array(readFileSync(path)), format: 'png' };
}

async function run(
  images: JobInput['images'],
  options: Partial<GenerateOptions> = {},
): Promise<JobSnapshot & { service: TestService }> {
  const service = createTestJobService({ workerCommand: [...WORKER_COMMAND] });
  const { id } = await service.jobs.create({ images, options: GenerateOptionsSchema.parse({ ...SMALL, ...options }) });
  return { ...(await waitForEnd(service.jobs, id)), service };
}

async function finish(views: readonly ViewName[], options: Partial<GenerateOptions> = {}): Promise<Finished> {
  const images = Object.fromEntries(views.map((view) => [view, example(view)])) as JobInput['images'];
  const { service, ...job } = await run(images, options);
  await using _ = service;
  expect(job.error).toBeUndefined();
  const read = (name: string) => new Uint8Array(readFileSync(service.jobs.resolveFile(job.id, name) ?? ''));
  const glb = read('model.glb');
  const io = new NodeIO().registerExtensions([EXTTextureWebP]);
  const document = await io.readBinary(glb);
  const primitive = document.getRoot().listMeshes()[0]!.listPrimitives()[0]!;
  for (const picture of ['preview.png', 'sheet.png'])
    expect((await sharp(read(picture)).metadata()).format).toBe('png');
  expect(inspect(document).meshes.properties[0]).toMatchObject({
    glPrimitives: job.summary?.faces,
    vertices: job.summary?.vertices,
  });
  const report = ReportSchema.parse(JSON.parse(new TextDecoder().decode(read('report.json'))));
  return { job, glb, report, primitive, json: (await io.binaryToJSON(glb)).json };
}

function weldedTopology(primitive: Primitive) {
  const positions = primitive.getAttribute('POSITION')!.getArray() as Float32Array;
  return measureTopology(weldVertices({ positions, indices: Uint32Array.from(primitive.getIndices()!.getArray()!) }));
}

test('one picture becomes a closed, textured, valid model that says where it came from', async () => {
  const { job, glb, report, primitive, json } = await finish(['front']);
  expect(await validateGlb(glb)).toEqual({ errors: 0, warnings: 0, messages: [] });
  expect(primitive.listSemantics().sort()).toEqual(['NORMAL', 'POSITION', 'TANGENT', 'TEXCOORD_0']);
  const topology = weldedTopology(primitive);
  expect(topology).toMatchObject({ watertight: true, windingConsistent: true, nonManifoldEdges: 0 });
  expect(topology.volume).toBeGreaterThan(0.1);
  expect(report.uv?.overlap).toBe(0);
  expect(report.formats).toEqual([]);
  expect(report.views.front?.silhouetteIou).toBeGreaterThan(0.9);
  expect(report.views.front?.inputSha256).toBe(createHash('sha256').update(example('front').bytes).digest('hex'));
  expect(json.extras).toMatchObject({ engine: 'hull', options: { face_count: 2000 }, inputs: { front: {} } });
  expect(job.views).toMatchObject({ front: { shape: true, texture: true } });
  expect(Object.keys(job.files ?? {})).toEqual(['glb', 'preview', 'sheet', 'report']);
  expect(job.engine?.name).toBe('hull');
  expect(job.progress).toBe(100);
});

test('the model fits [-1, 1], stands upright and its longest side is two', async () => {
  const { primitive } = await finish(['front', 'left']);
  const position = primitive.getAttribute('POSITION')!;
  const [min, max] = [position.getMin([]), position.getMax([])];
  const size = max.map((value, axis) => value - min[axis]!);
  expect(Math.max(...size)).toBeCloseTo(2, 5);
  expect(size[1]).toBe(Math.max(...size));
  for (const axis of [0, 1, 2]) expect(max[axis]! + min[axis]!).toBeCloseTo(0, 5);
});

test('the same pictures and options give the same bytes', async () => {
  const [first, second] = [
    await finish(['front', 'back', 'left', 'right']),
    await finish(['front', 'back', 'left', 'right']),
  ];
  expect(Buffer.compare(first.glb, second.glb)).toBe(0);
});

test('should_texture off gives geometry and normals only, with no unwrap or texture stage', async () => {
  const { job, glb, primitive, json, report } = await finish(['front'], { should_texture: false });
  expect(await validateGlb(glb)).toEqual({ errors: 0, warnings: 0, messages: [] });
  expect(primitive.listSemantics().sort()).toEqual(['NORMAL', 'POSITION']);
  expect(json.images).toBeUndefined();
  expect(report.uv).toBeNull();
  expect(job.timingsMs.texture).toBeUndefined();
});

test('enable_pbr off gives base colour only', async () => {
  const { glb, primitive, json } = await finish(['front'], { enable_pbr: false });
  expect(await validateGlb(glb)).toEqual({ errors: 0, warnings: 0, messages: [] });
  expect(primitive.listSemantics().sort()).toEqual(['NORMAL', 'POSITION', 'TEXCOORD_0']);
  expect(json.images).toHaveLength(1);
  expect(json.materials?.[0]?.pbrMetallicRoughness).toMatchObject({ metallicFactor: 0 });
});

test('should_remesh off keeps every triangle of the extracted surface', async () => {
  const { glb, report } = await finish(['front'], { should_remesh: false, enable_pbr: false });
  expect(await validateGlb(glb)).toEqual({ errors: 0, warnings: 0, messages: [] });
  expect(report.mesh.faces).toBeGreaterThan(2 * SMALL.face_count);
  expect(report.mesh.watertight).toBe(true);
});

test.each(['jpeg', 'webp'] as const)('textures can be stored as %s', async (format) => {
  const { glb, json } = await finish(['front'], { texture_format: format });
  expect(await validateGlb(glb)).toEqual({ errors: 0, warnings: 0, messages: [] });
  expect(json.images?.map(({ mimeType }) => mimeType)).toEqual(Array(3).fill(`image/${format}`));
});

test('every further format is made from one job, in the size and place that were asked for', async () => {
  const size = { value: 120, unit: 'mm', side: 'height' } as const;
  const options = { formats: [...MODEL_FORMATS], size, ground: true, up: 'z', texture_format: 'webp' } as const;
  const { service, ...job } = await run({ front: example('front') }, { ...options, formats: [...options.formats] });
  await using _ = service;
  expect(job.error).toBeUndefined();
  const names = Object.fromEntries(EXTRA_FORMATS.map((format) => [format, `model${FORMAT_SUFFIXES[format]}`]));
  expect(job.files).toEqual({
    glb: 'model.glb',
    preview: 'preview.png',
    sheet: 'sheet.png',
    report: 'report.json',
    ...names,
  });

  const report = readFileSync(service.jobs.resolveFile(job.id, 'report.json') ?? '', 'utf8');
  const sizeOf = (name: string) => readFileSync(service.jobs.resolveFile(job.id, name) ?? '').length;
  expect(ReportSchema.parse(JSON.parse(report)).formats).toEqual(
    EXTRA_FORMATS.map((format) => ({ format, name: names[format] ?? '', bytes: sizeOf(names[format] ?? '') })),
  );

  const faces = job.summary?.faces ?? 0;
  const read = (format: keyof typeof READERS) =>
    new Uint8Array(readFileSync(service.jobs.resolveFile(job.id, job.files?.[format] ?? '') ?? ''));
  for (const format of ['glb', 'glb-web'] as const) {
    expect(await validateGlb(read(format))).toEqual({ errors: 0, warnings: 0, messages: [] });
  }
  for (const [format, { textures, up, unit, reader }] of Object.entries(READERS)) {
    const found = await reader(read(format as keyof typeof READERS));
    expect([format, found.faces, found.textures]).toEqual([format, faces, textures]);
    const { min, max } = found.bounds;
    const height = unit === 'mm' ? 120 : 0.12;
    // The web GLB is quantised to 14 bits.
    expect(Math.abs(min[up]) / height).toBeLessThan(1e-4);
    expect(Math.abs(max[up] - height) / height).toBeLessThan(1e-4);
    for (const axis of [0, 3 - up] as const) expect(Math.abs(min[axis]! + max[axis]!) / height).toBeLessThan(2e-4);
  }
});

test('a picture without an object fails the job with a sentence that names the picture', async () => {
  const blank = await sharp({
    create: { width: 64, height: 64, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } },
  })
    .png()
    .toBuffer();
  const { service, ...job } = await run({ front: { bytes: blank, format: 'png' } });
  await using _ = service;
  expect(job).toMatchObject({ state: 'failed', error: { code: 'image.no_object' } });
  expect(job.error?.message).toContain('front');
});

test('a truncated picture fails the job as unreadable and leaves no files', async () => {
  const { bytes } = example('front');
  const { service, ...job } = await run({ front: { bytes: bytes.slice(0, 4000), format: 'png' } });
  await using _ = service;
  expect(job).toMatchObject({ state: 'failed', error: { code: 'image.unreadable' } });
  expect(service.jobs.resolveFile(job.id, 'model.glb')).toBeUndefined();
});

test('an engine that does not exist fails the job with the names of those that do', async () => {
  const { service, ...job } = await run({ front: example('front') }, { engine: 'nope' });
  await using _ = service;
  expect(job.error).toMatchObject({ code: 'engine.unknown' });
  expect(job.error?.message).toContain('hull');
});
