import { STAGE_WEIGHTS } from '../../../src/protocol/stages.ts';
import type { ShapeEngine } from '../engine.ts';
import { reconstructFromSides } from './multi-view/reconstruct.ts';
import { reconstructFromFront } from './single-view/reconstruct.ts';
import { looksAlongZ } from './volume-grid.ts';

/**
 * The built-in engine: silhouettes and shading to a smooth closed surface, without weights and on any CPU.
 * A picture of a side turns the task from guessing depth into carving it, so the two cases have methods of their own.
 */
export const hullEngine: ShapeEngine = {
  name: 'hull',
  licence: 'MIT',
  usesViews: ['front', 'back', 'left', 'right'],
  stageWeights: STAGE_WEIGHTS,
  rank: () => 0,
  availability: () => ({ state: 'ready', reason: 'needs neither weights nor a GPU' }),
  async reconstruct(views, context) {
    const hasSide = views.some((view) => !looksAlongZ(view.name));
    const field = hasSide ? reconstructFromSides(views, context) : reconstructFromFront(views, context);
    return { field, viewUse: Object.fromEntries(views.map(({ name }) => [name, { shape: true }])) };
  },
};
