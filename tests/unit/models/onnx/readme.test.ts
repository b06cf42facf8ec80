import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exactGelu } from '../../../helpers/exact-gelu.ts';
import { expectClose } from '../../../helpers/expect-tensor.ts';
import { hashInput, hashTensor, hashWeights } from '../../../helpers/hash-weights.ts';
import { runGraph } from '../../../helpers/run-graph.ts';
import { buildRefiner, type RefinerConfig } from './example-network.ts';

const ROOT = join(import.meta.dir, '../../../..');

test('the page on the graph builder shows the example that is tested here', () => {
  const page = readFileSync(join(ROOT, 'models/onnx/README.md'), 'utf8');
  const source = readFileSync(join(import.meta.dir, 'example-network.ts'), 'utf8');
  expect(page).toContain(source.replaceAll('../../../../models/onnx/', '../onnx/'));
});

describe('the example', () => {
  const CONFIG: RefinerConfig = { width: 8, heads: 2, depth: 2 };
  const TOKENS = 5;

  test.each(['fused', 'decomposed'] as const)('computes a transformer encoder, attention %s', async (attention) => {
    const tokens = hashInput('tokens', [TOKENS, CONFIG.width]);
    const model = buildRefiner(hashWeights(), CONFIG, { attention });
    const feeds = { tokens: { dtype: 'float32', dims: [TOKENS, CONFIG.width], data: tokens } } as const;
    const { refined } = await runGraph(model, feeds);
    expectClose(refined?.data, Float32Array.from(refine(rowsOf(tokens, CONFIG.width), CONFIG).flat()), 1e-6);
  });

  test('takes any number of tokens', async () => {
    const model = buildRefiner(hashWeights(), CONFIG, { attention: 'fused' });
    for (const count of [1, 7]) {
      const data = hashInput('tokens', [count, CONFIG.width]);
      const { refined } = await runGraph(model, { tokens: { dtype: 'float32', dims: [count, CONFIG.width], data } });
      expect(refined?.dims).toEqual([count, CONFIG.width]);
    }
  });
});

type Rows = number[][];

/** The same network by its definition, in 64 bits. */
function refine(tokens: Rows, { width, heads, depth }: RefinerConfig): Rows {
  let x = tokens;
  for (let l = 0; l < depth; l++) {
    const normed = layerNorm(x, `blocks.${l}.norm1`);
    const [q, k, v] = ['q', 'k', 'v'].map((part) => linear(normed, `blocks.${l}.attn.${part}`, width)) as [
      Rows,
      Rows,
      Rows,
    ];
    x = sum(x, linear(attend(q, k, v, heads), `blocks.${l}.attn.out`, width));
    const up = linear(layerNorm(x, `blocks.${l}.norm2`), `blocks.${l}.mlp.up`, 4 * width);
    x = sum(
      x,
      linear(
        up.map((row) => row.map(exactGelu)),
        `blocks.${l}.mlp.down`,
        width,
      ),
    );
  }
  return layerNorm(x, 'norm');
}

function attend(q: Rows, k: Rows, v: Rows, heads: number): Rows {
  const size = q[0]!.length / heads;
  return q.map((query) =>
    query.map((_, channel) => {
      const head = Math.floor(channel / size) * size;
      const scores = k.map((key) => {
        let dot = 0;
        for (let i = head; i < head + size; i++) dot += query[i]! * key[i]!;
        return Math.exp(dot / Math.sqrt(size));
      });
      const total = scores.reduce((a, b) => a + b);
      return scores.reduce((mean, score, token) => mean + (score / total) * v[token]![channel]!, 0);
    }),
  );
}

function linear(x: Rows, name: string, out: number): Rows {
  const weight = rowsOf(hashTensor(`${name}.weight`, [out, x[0]!.length]), x[0]!.length);
  const bias = hashTensor(`${name}.bias`, [out]);
  return x.map((row) => weight.map((w, o) => row.reduce((total, value, i) => total + value * w[i]!, bias[o]!)));
}

function layerNorm(x: Rows, name: string): Rows {
  const gain = hashTensor(`${name}.weight`, [x[0]!.length]);
  const bias = hashTensor(`${name}.bias`, [x[0]!.length]);
  return x.map((row) => {
    const mean = row.reduce((a, b) => a + b) / row.length;
    const variance = row.reduce((total, value) => total + (value - mean) ** 2, 0) / row.length;
    return row.map((value, i) => ((value - mean) / Math.sqrt(variance + 1e-6)) * gain[i]! + bias[i]!);
  });
}

function sum(a: Rows, b: Rows): Rows {
  return a.map((row, t) => row.map((value, i) => value + b[t]![i]!));
}

function rowsOf(data: Float32Array, width: number): Rows {
  return Array.from({ length: data.length / width }, (_, t) => Array.from(data.subarray(t * width, (t + 1) * width)));
}
