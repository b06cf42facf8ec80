import { elementCount } from '../../models/checkpoint/tensor-size.ts';

/** Elements of the pattern that is repeated; prime, so that rows of a matrix differ. */
const PATTERN_ELEMENTS = 1_048_573;
/** Coordinates in [-1, 1] whose cosines add up to more than this are inside: a ball with flattened sides. */
const BALL_LEVEL = 2.6;
const LOGIT_SCALE = 50;
const FREQUENCIES = 8;

/**
 * Random weights in 16 bits, scaled so that activations neither vanish nor grow, as published networks' do not.
 *
 * The geometry decoder alone is not left to chance: a random field would have surface everywhere. Its first channel carries
 * the sum of the cosines of the three coordinates past the random rest to the output, which makes a ball.
 */
export function randomTensor(name: string, shape: readonly number[]): Uint16Array<ArrayBuffer> {
  const count = elementCount(shape);
  const values = ballTensor(name, shape);
  if (values) return toHalf(values);
  if (/lambda1$/.test(name)) return toHalf(new Float32Array(count).fill(0.2));
  if (/(norm|ln_\d|ln_post).*weight$|\.scale$|norm\d?\.weight$/.test(name))
    return toHalf(new Float32Array(count).fill(1));
  if (/bias$/.test(name)) return repeat(0.02, count);
  const fanIn = elementCount(shape.slice(1));
  return repeat(Math.sqrt(1 / fanIn), count);
}

function ballTensor(name: string, shape: readonly number[]): Float32Array | undefined {
  const at = name.indexOf('geo_decoder.');
  if (at < 0) return undefined;
  const count = elementCount(shape);
  const columns = shape[1] ?? 1;
  const random = (): Float32Array => new Float32Array(new Float16Array(repeat(Math.sqrt(1 / columns), count).buffer));
  switch (name.slice(at)) {
    case 'geo_decoder.query_proj.weight': {
      const values = random().fill(0, 0, columns);
      const firstCosine = 3 + 3 * FREQUENCIES;
      for (let axis = 0; axis < 3; axis++) values[firstCosine + axis * FREQUENCIES] = 1;
      return values;
    }
    case 'geo_decoder.query_proj.bias':
      return new Float32Array(count).fill(-BALL_LEVEL, 0, 1);
    case 'geo_decoder.cross_attn_decoder.attn.c_proj.weight':
    case 'geo_decoder.cross_attn_decoder.mlp.c_proj.weight':
      return random().fill(0, 0, columns);
    case 'geo_decoder.cross_attn_decoder.attn.c_proj.bias':
    case 'geo_decoder.cross_attn_decoder.mlp.c_proj.bias':
    case 'geo_decoder.output_proj.bias':
      return new Float32Array(count);
    case 'geo_decoder.output_proj.weight':
      return new Float32Array(count).fill(LOGIT_SCALE, 0, 1);
    default:
      return undefined;
  }
}

const patterns = new Map<number, Uint16Array<ArrayBuffer>>();

function repeat(deviation: number, count: number): Uint16Array<ArrayBuffer> {
  const known = patterns.get(deviation);
  const pattern = known ?? toHalf(gaussians(PATTERN_ELEMENTS, deviation));
  if (!known) patterns.set(deviation, pattern);
  const values = new Uint16Array(count);
  for (let i = 0; i < count; i += pattern.length) values.set(pattern.subarray(0, count - i), i);
  return values;
}

/** Sums of four numbers of a linear congruential generator are normal enough for weights. */
function gaussians(count: number, deviation: number): Float32Array {
  const values = new Float32Array(count);
  let state = 1;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  for (let i = 0; i < count; i++) values[i] = (next() + next() + next() + next()) * Math.sqrt(3) * deviation;
  return values;
}

function toHalf(values: Float32Array): Uint16Array<ArrayBuffer> {
  return new Uint16Array(new Float16Array(values).buffer);
}
