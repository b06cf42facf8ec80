import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { AppError } from '../src/errors.ts';
import type { JobRequest, ViewUse, WorkerEvent } from '../src/protocol/messages.ts';
import { VIEW_NAMES, type ViewName } from '../src/protocol/views.ts';
import type { EngineContext, Shape } from './engines/engine.ts';
import { selectEngine } from './engines/registry.ts';
import { extractSurface } from './geometry/extract-surface.ts';
import { refineSurface } from './geometry/mesh-stage.ts';
import { unwrapMesh } from './geometry/unwrap-mesh.ts';
import { decodeImage } from './imaging/decode-image.ts';
import { separateForeground } from './imaging/foreground.ts';
import { prepareViews } from './imaging/prepare-views.ts';
import type { ImageRgba } from './imaging/prepared-view.ts';
import { createStageClock } from './progress.ts';
import { type TextureResult, textureMesh } from './texture/texture-stage.ts';
import { writeResults } from './write-results.ts';

const DEFAULT_FACE_COUNT = 40_000;
const DEFAULT_TEXTURE_SIZE = 1024;

/**
 * From pictures to a GLB: decode, foreground, shape, surface, mesh, unwrap, texture, export.
 * Sends stage and progress events on the way and the result at the end.
 * @throws {AppError} with the code of a job error
 */
export async function runPipeline(request: JobRequest, emit: (event: WorkerEvent) => void): Promise<void> {
  const { options, device, modelsDir } = request;
  const warnings: string[] = [];
  const warn = (message: string): void => {
    if (warnings.includes(message)) return;
    warnings.push(message);
    emit({ type: 'warning', message });
  };
  const clock = createStageClock(emit, () => performance.now());

  // Before any work, so that an engine that cannot run here, or not on this device, costs none.
  const names = VIEW_NAMES.filter((name) => request.views[name] !== undefined);
  const { engine, reason } = selectEngine(options.engine, names, { modelsDir, device });

  const inputs = await clock.run('decode', () => decodeViews(request));
  const cutouts: Partial<Record<ViewName, ImageRgba>> = {};
  const views = await clock.run('foreground', async (onProgress) => {
    for (const [i, { name, image }] of inputs.entries()) {
      const foreground = await separateForeground(image, { name, removeBackground: options.remove_background });
      foreground.warnings.forEach(warn);
      cutouts[name] = foreground.image;
      onProgress((i + 1) / inputs.length);
    }
    return prepareViews(cutouts);
  });

  clock.useWeights(engine.stageWeights);
  emit({ type: 'engine', name: engine.name, reason, licence: engine.licence });
  const shape = await clock.run('shape', (onProgress) => {
    const log = (message: string): void => emit({ type: 'log', level: 'info', message });
    const keep = request.keep === true;
    const context: EngineContext = { options, cutouts, modelsDir, device, keep, onProgress, log, warn };
    return engine.reconstruct(views, context);
  });
  const surface = await clock.run('surface', () => extractSurface(shape.field));
  const refined = await clock.run('mesh', (onProgress) =>
    refineSurface(surface, {
      faceCount: options.face_count ?? DEFAULT_FACE_COUNT,
      remesh: options.should_remesh,
      onProgress,
    }),
  );
  refined.warnings.forEach(warn);

  const textureSize = options.texture_size ?? DEFAULT_TEXTURE_SIZE;
  const painted = options.should_texture ? await paint() : undefined;
  async function paint() {
    const unwrapped = await clock.run('unwrap', (onProgress) => unwrapMesh(refined.mesh, { textureSize, onProgress }));
    unwrapped.warnings.forEach(warn);
    const textures = await clock.run('texture', (onProgress) =>
      textureMesh({
        mesh: unwrapped.mesh,
        detail: refined.detail,
        views,
        size: textureSize,
        pbr: options.enable_pbr,
        onProgress,
      }),
    );
    textures.warnings.forEach(warn);
    return { unwrapped, textures };
  }

  const viewUse = mergeViewUse(
    inputs.map(({ name }) => name),
    shape.viewUse,
    painted?.textures.viewUse,
  );
  const result = await clock.run('export', (onProgress) =>
    writeResults({
      request,
      engine,
      inputs,
      views,
      refined,
      painted,
      viewUse,
      warnings,
      timingsMs: clock.timingsMs,
      onProgress,
    }),
  );
  emit({ type: 'result', ...result, timingsMs: clock.timingsMs, views: viewUse, peakRssBytes: 0 });
}

export interface DecodedInput {
  name: ViewName;
  image: ImageRgba;
  /** Of the file as it was uploaded. */
  sha256: string;
}

async function decodeViews({ views, limits }: JobRequest): Promise<DecodedInput[]> {
  const inputs: DecodedInput[] = [];
  for (const name of VIEW_NAMES) {
    const path = views[name];
    if (path === undefined) continue;
    const bytes = await readPicture(path, name);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    inputs.push({ name, sha256, image: await decodeImage(bytes, { maxPixels: limits.maxPixels, name }) });
  }
  return inputs;
}

async function readPicture(path: string, name: ViewName): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new AppError('image.unreadable', `the ${name} picture could not be read from the job's folder`, { cause });
  }
}

function mergeViewUse(
  names: readonly ViewName[],
  shape: Shape['viewUse'],
  texture: TextureResult['viewUse'] | undefined,
): Partial<Record<ViewName, ViewUse>> {
  const use: Partial<Record<ViewName, ViewUse>> = {};
  for (const name of names) {
    const note = [shape[name]?.note, texture?.[name]?.note].filter(Boolean).join('; ');
    use[name] = {
      shape: shape[name]?.shape ?? false,
      texture: texture?.[name]?.texture ?? false,
      ...(note && { note }),
    };
  }
  return use;
}
