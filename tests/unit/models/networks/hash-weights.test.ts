import { expect, test } from 'bun:test';
import { Graph } from '../../../../models/onnx/graph.ts';
import { Layers } from '../../../../models/onnx/layers.ts';
import { fnv1a, hashInput, hashTensor, hashWeights } from '../../../helpers/hash-weights.ts';
import { runGraph } from '../../../helpers/run-graph.ts';

test('names give the seeds and weights that the golden numbers were made with', () => {
  expect(fnv1a('blocks.0.attn1.to_q.weight')).toBe(3287966194);
  const weights = hashTensor('blocks.0.attn1.to_q.weight', [64, 64]);
  expect(Array.from(weights.subarray(0, 3), (x) => x.toFixed(8))).toEqual(['-0.01185730', '0.07692199', '0.08240926']);
});

test('a linear layer with hashed weights runs as the product it stands for', async () => {
  const graph = new Graph('linear');
  const layers = new Layers(graph, hashWeights(), { attention: 'fused' });
  graph.output('y', layers.linear(graph.input('x', 'float32', ['tokens', 3]), 'proj', 2));
  const x = hashInput('x', [2, 3]);
  const { y } = await runGraph(graph.encode(), { x: { dtype: 'float32', dims: [2, 3], data: x } });

  const weight = hashTensor('proj.weight', [2, 3]);
  const bias = hashTensor('proj.bias', [2]);
  const expected = [0, 1].flatMap((row) =>
    [0, 1].map((out) => {
      const products = [0, 1, 2].map((i) => (x[3 * row + i] ?? Number.NaN) * (weight[3 * out + i] ?? Number.NaN));
      return products.reduce((sum, value) => sum + value, bias[out] ?? Number.NaN);
    }),
  );
  expect(y?.dims).toEqual([2, 2]);
  for (const [i, value] of expected.entries()) expect(y?.data[i]).toBeCloseTo(value, 5);
});
