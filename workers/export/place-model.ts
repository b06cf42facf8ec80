import { METRES_PER_UNIT, type ModelSize } from '../../src/protocol/options.ts';
import { measureBounds } from './bounds.ts';

/**
 * Gives a model its real size and its place.
 * @param positions xyz per vertex, the bounding box centred on the origin
 * @param size what one of its sides becomes, in metres then; without it the model keeps its size
 * @param ground moves the lowest point to height 0
 * @returns a copy, or the positions themselves where nothing is asked for
 */
export function placeModel(
  positions: Float32Array,
  { size, ground = false }: { size?: ModelSize | undefined; ground?: boolean | undefined },
): Float32Array {
  if (!size && !ground) return positions;
  const { min, max } = measureBounds(positions);
  const height = max[1] - min[1];
  const side = size?.side === 'height' ? height : Math.max(max[0] - min[0], height, max[2] - min[2]);
  const scale = size && side > 0 ? (size.value * METRES_PER_UNIT[size.unit]) / side : 1;
  const lowest = ground ? min[1] : 0;
  return positions.map((value, i) => (i % 3 === 1 ? value - lowest : value) * scale);
}
