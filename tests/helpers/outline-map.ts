import type { ReliefGrid } from '../../workers/engines/hull/single-view/relief-grid.ts';
import type { Outline } from './lit-outline.ts';

/** A small grid over [-1.2, 1.2] in x and y. */
export const GRID: ReliefGrid = { width: 121, height: 121, x0: -1.2, y0: -1.2, spacing: 0.02 };

/** Samples a function of world positions on the grid. */
export function sampleOnGrid(value: Outline, grid: ReliefGrid = GRID): Float32Array {
  return Float32Array.from({ length: grid.width * grid.height }, (_, at) =>
    value(grid.x0 + grid.spacing * (at % grid.width), grid.y0 + grid.spacing * Math.floor(at / grid.width)),
  );
}

/** Index of the sample nearest to a world position. */
export function indexAt(x: number, y: number, grid: ReliefGrid = GRID): number {
  return Math.round((x - grid.x0) / grid.spacing) + grid.width * Math.round((y - grid.y0) / grid.spacing);
}
