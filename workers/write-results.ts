import { join } from 'node:path';
import type { JobRequest, ResultFiles, ViewUse, WorkerResult } from '../src/protocol/messages.ts';
import type { Stage } from '../src/protocol/stages.ts';
import type { ViewName } from '../src/protocol/views.ts';
import { VERSION } from '../src/version.ts';
import type { ShapeEngine } from './engines/engine.ts';
import { measureBounds } from './export/bounds.ts';
import { buildGlb, type EncodedTexture } from './export/build-glb.ts';
import { encodeTextures, type TextureMaps } from './export/encode-textures.ts';
import { type FormatFile, writeFormats } from './export/formats/write-formats.ts';
import { placeModel } from './export/place-model.ts';
import { type Report, ReportSchema } from './export/report.ts';
import { verifyGlb } from './export/verify-glb.ts';
import { writeAtomically } from './export/write-atomically.ts';
import { fitToUnitCube } from './geometry/fit-to-unit-cube.ts';
import type { Mesh } from './geometry/mesh.ts';
import type { RefinedSurface } from './geometry/mesh-stage.ts';
import { measureTopology } from './geometry/mesh-topology.ts';
import type { Unwrapped } from './geometry/unwrap-mesh.ts';
import { measureUv } from './geometry/uv/measure-uv.ts';
import { encodePng } from './imaging/encode-image.ts';
import type { ImageRgba, PreparedView } from './imaging/prepared-view.ts';
import { compareWithView } from './texture/compare-views.ts';
import { renderPreview, renderSheet } from './texture/render-shaded.ts';
import type { TextureResult } from './texture/texture-stage.ts';

const FILES: ResultFiles = { glb: 'model.glb', preview: 'preview.png', sheet: 'sheet.png', report: 'report.json' };
const MODEL_NAME = 'model';
const DEFAULT_SEED = 0;
/** Side of the grid on which the atlas is measured, at most. */
const MAX_ATLAS_SAMPLES = 4096;

export interface FinishedModel {
  request: JobRequest;
  engine: Pick<ShapeEngine, 'name' | 'licence'>;
  inputs: readonly { name: ViewName; sha256: string }[];
  views: readonly PreparedView[];
  /** In the frame of the views. */
  refined: RefinedSurface;
  /** Absent where no texture was asked for. */
  painted: { unwrapped: Unwrapped; textures: TextureResult } | undefined;
  viewUse: Partial<Record<ViewName, ViewUse>>;
  warnings: readonly string[];
  timingsMs: Partial<Record<Stage, number>>;
  onProgress(fraction: number): void;
}

/**
 * Writes the files of a finished job into its folder: the GLB and further formats, verified, a preview, a sheet of six
 * views, a report.
 * @throws {AppError} `export.invalid`, `output.unwritable`
 */
export async function writeResults(model: FinishedModel): Promise<Pick<WorkerResult, 'files' | 'summary'>> {
  const { request, refined, painted, onProgress } = model;
  const textures = painted?.textures;
  const surface = painted?.unwrapped.mesh ?? refined.mesh;
  const mesh = { ...surface, normals: normalsOf(surface), positions: fitToUnitCube(surface.positions) };

  // The encoders run in threads of their own while this one draws.
  const encoding = textures && encodeTextures(textures, request.options.texture_format ?? 'png');
  const preview = encodePicture(renderPreview(mesh, textures ?? {}));
  onProgress(0.25);
  const sheet = encodePicture(renderSheet(mesh, textures ?? {}));
  onProgress(0.6);
  const encoded = await encoding;
  const placed = { ...mesh, positions: placeModel(mesh.positions, request.options) };
  const provenance = provenanceOf(model);
  const glb = await buildGlb({ name: MODEL_NAME, mesh: placed, textures: encoded, provenance });
  const faces = mesh.indices.length / 3;
  const vertices = mesh.positions.length / 3;
  const bounds = measureBounds(placed.positions);
  await verifyGlb(glb, { faces, vertices, bounds, textures: Object.keys(encoded ?? {}).length });
  onProgress(0.75);

  const write = (name: string, content: Uint8Array | string) => writeAtomically(join(request.outputDir, name), content);
  await write(FILES.preview, await preview);
  await write(FILES.sheet, await sheet);
  const formats = await writeFormats({
    model: {
      name: MODEL_NAME,
      mesh: placed,
      textures: textures && encoded && { pixels: textures, files: encoded },
      provenance,
    },
    options: request.options,
    write,
    onProgress: (fraction) => onProgress(0.75 + 0.2 * fraction),
  });
  const report = buildReport(model, mesh, encoded, formats);
  await write(FILES.report, `${JSON.stringify(report, null, 2)}\n`);
  await write(FILES.glb, glb);
  onProgress(1);
  const formatNames = Object.fromEntries(formats.map(({ format, name }) => [format, name]));
  return { files: { ...FILES, ...formatNames }, summary: { faces, vertices, watertight: report.mesh.watertight } };
}

type EncodedTextures = TextureMaps<EncodedTexture>;

function encodePicture({ pixels, width, height }: ImageRgba): Promise<Uint8Array> {
  return encodePng(pixels, width, height, 4);
}

function provenanceOf({ request, engine, inputs }: FinishedModel): Record<string, unknown> {
  return {
    generator: `hy3d ${VERSION}`,
    engine: engine.name,
    engineLicence: engine.licence,
    options: request.options,
    seed: request.options.seed ?? DEFAULT_SEED,
    inputs: Object.fromEntries(inputs.map(({ name, sha256 }) => [name, { sha256 }])),
  };
}

function buildReport(
  model: FinishedModel,
  mesh: Mesh,
  encoded: EncodedTextures | undefined,
  formats: FormatFile[],
): Report {
  const { request, engine, refined, painted, warnings, timingsMs } = model;
  const topology = measureTopology({ positions: fitToUnitCube(refined.mesh.positions), indices: refined.mesh.indices });
  const textures = painted?.textures;
  return ReportSchema.parse({
    generator: `hy3d ${VERSION}`,
    runtime: `Bun ${Bun.version}`,
    engine: { name: engine.name, licence: engine.licence },
    device: request.device.name,
    options: request.options,
    seed: request.options.seed ?? DEFAULT_SEED,
    mesh: { ...topology, vertices: mesh.positions.length / 3 },
    uv: painted ? measureAtlas(painted) : null,
    textures: Object.entries(encoded ?? {}).map(([name, { bytes }]) => {
      const { width, height } = textures?.[name as keyof EncodedTextures] ?? { width: 0, height: 0 };
      return { name, width, height, bytes: bytes.length };
    }),
    formats,
    views: describeViews(model),
    timingsMs,
    warnings: [...warnings],
  } satisfies Report);
}

function measureAtlas({ unwrapped, textures }: NonNullable<FinishedModel['painted']>): Report['uv'] {
  const { chartCount, stretch } = unwrapped;
  // Twice the texture's resolution finds every overlap that the texture could show.
  const { coverage, overlap } = measureUv(unwrapped.mesh, Math.min(MAX_ATLAS_SAMPLES, 2 * textures.baseColor.width));
  return { charts: chartCount, coverage, overlap, stretch: { rms: stretch.rms, p95: stretch.p95 } };
}

function describeViews({ views, inputs, viewUse, refined, painted }: FinishedModel): Report['views'] {
  const described: Report['views'] = {};
  for (const view of views) {
    const use = viewUse[view.name] ?? { shape: false, texture: false };
    const mesh = painted?.unwrapped.mesh ?? refined.mesh;
    const { silhouetteIou, colourError } = compareWithView(mesh, painted?.textures.baseColor ?? null, view);
    const inputSha256 = inputs.find(({ name }) => name === view.name)?.sha256 ?? '';
    described[view.name] = { ...use, inputSha256, silhouetteIou, colorError: colourError };
  }
  return described;
}

function normalsOf(mesh: Mesh): Float32Array {
  if (mesh.normals) return mesh.normals;
  throw new Error('the mesh stage gives every mesh normals');
}
