import type { Device, ViewUse } from '../../src/protocol/messages.ts';
import type { GenerateOptions } from '../../src/protocol/options.ts';
import type { StageWeights } from '../../src/protocol/stages.ts';
import type { ViewName } from '../../src/protocol/views.ts';
import type { ScalarField } from '../geometry/mesh.ts';
import type { ImageRgba, PreparedView } from '../imaging/prepared-view.ts';

/** What an engine may use besides the views. */
export interface EngineContext {
  options: GenerateOptions;
  /** The object of each picture before views were scaled to each other: the picture's own size, alpha being coverage. */
  cutouts: Partial<Record<ViewName, ImageRgba>>;
  /** Folder of installed weights; need not exist. */
  modelsDir: string;
  device: Device;
  /** Whether the process takes further jobs, so that what it has loaded may stay for them. */
  keep: boolean;
  /** Reports how much of the stage is done, 0 to 1; never falls. */
  onProgress(fraction: number): void;
  /** Writes a line to the log of the server. */
  log(message: string): void;
  /** Adds a sentence for the client to the job's warnings. */
  warn(message: string): void;
}

export interface Availability {
  /**
   * `absent`: its weights are not installed. `unfit`: it cannot run on this device. `slow`: it can, but is taken only where
   * it is asked for by name.
   */
  state: 'ready' | 'slow' | 'unfit' | 'absent';
  /** For people: a clause such as "its weights are not installed". */
  reason: string;
}

/** What an engine may use to load its networks. */
export interface LoadContext extends Pick<EngineContext, 'modelsDir' | 'device' | 'log'> {
  /** Aborted when a job is waiting: loading may end early. */
  signal: AbortSignal;
}

/** A shape in the frame of the prepared views. The surface is the zero level of `field`, positive inside. */
export interface Shape {
  field: ScalarField;
  /** Whether each given view shaped the result, and why not. */
  viewUse: Partial<Record<ViewName, Pick<ViewUse, 'shape' | 'note'>>>;
}

export interface ShapeEngine {
  /** As in the request's `engine` option. */
  readonly name: string;
  readonly licence: string;
  /** Views that the engine can use for the shape; the others are reported as ignored. */
  readonly usesViews: readonly ViewName[];
  /** How the time of a job with this engine spreads over the stages. */
  readonly stageWeights: StageWeights;
  /** How well it does with these views; larger is better, and `auto` takes the best that is ready. */
  rank(views: readonly ViewName[]): number;
  /** Whether it can run with the installed weights on this device. */
  availability(context: Pick<EngineContext, 'modelsDir' | 'device'>): Availability;
  /** Loads its networks ahead of a job, as many as may stay in memory together. Engines without networks have none. */
  load?(context: LoadContext): Promise<void>;
  /**
   * Turns prepared views (front first) into a closed shape.
   * @throws {AppError} `geometry.empty` where the views leave nothing.
   */
  reconstruct(views: readonly PreparedView[], context: EngineContext): Promise<Shape>;
}
