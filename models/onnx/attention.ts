import { type Graph, MICROSOFT_DOMAIN } from './graph.ts';
import { matmul, reshape, softmax, transpose } from './ops.ts';
import { staticDim, type Value } from './value.ts';

/**
 * How attention is written.
 * - `fused`: one operator that never holds the scores of all pairs. The right choice on CPU and CUDA.
 * - `decomposed`: products and a softmax, heads one after another, for providers whose fused operator is wrong; it
 *   holds the scores of one head at a time.
 */
export type AttentionForm = 'fused' | 'decomposed';

/**
 * softmax(q k^T / sqrt(D)) v over `heads` heads of D channels, without mask.
 * @param q `[queries, heads * D]`, heads being contiguous slices of D channels
 * @param k `[keys, heads * D]`
 * @param v `[keys, heads * D]`
 * @returns `[queries, heads * D]`
 */
export function attention(g: Graph, q: Value, k: Value, v: Value, heads: number, form: AttentionForm): Value {
  const width = staticDim(q, 1);
  return form === 'fused' ? fused(g, q, k, v, heads, width) : decomposed(g, q, k, v, heads, width);
}

function fused(g: Graph, q: Value, k: Value, v: Value, heads: number, width: number): Value {
  const batched = (x: Value): Value => reshape(g, x, [1, -1, width], [1, x.shape[0] ?? 0, width]);
  const query = batched(q);
  const joined = g.node('MultiHeadAttention', [query, batched(k), batched(v)], query, {
    domain: MICROSOFT_DOMAIN,
    attributes: { num_heads: { int: heads } },
  });
  return reshape(g, joined, [-1, width], q.shape);
}

function decomposed(g: Graph, q: Value, k: Value, v: Value, heads: number, width: number): Value {
  const size = width / heads;
  const sizes = Array.from({ length: heads }, () => size);
  const cut = (x: Value): Value[] =>
    g.nodes(
      'Split',
      [x, g.constant('int64', [heads], sizes)],
      sizes.map(() => ({ dtype: x.dtype, shape: [x.shape[0] ?? 0, size] })),
      { attributes: { axis: { int: 1 } } },
    );
  const dtype = q.dtype === 'float16' ? 'float16' : 'float32';
  const scale = g.constant(dtype, [], [1 / Math.sqrt(size)]);
  const [keys, values] = [cut(k), cut(v)];
  const outputs = cut(q).map((query, head) => {
    const [key, value] = [keys[head], values[head]];
    if (key === undefined || value === undefined) throw new Error('every head has keys and values');
    const scaled = g.node('Mul', [query, scale], query);
    return matmul(g, softmax(g, matmul(g, scaled, transpose(g, key, [1, 0]))), value);
  });
  return g.node('Concat', outputs, { dtype: q.dtype, shape: q.shape }, { attributes: { axis: { int: 1 } } });
}
