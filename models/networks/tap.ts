import type { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/value.ts';

/** Sees the intermediate values of a network while its graph is built, under names of the network's own. */
export type Tap = (name: string, value: Value, g: Graph) => void;

/** A tap for a part of a network, whose names get a prefix. */
export function tapUnder(tap: Tap | undefined, prefix: string): Tap | undefined {
  return tap && ((name, value, g) => tap(`${prefix}.${name}`, value, g));
}
