import { type AttentionForm, attention } from './attention.ts';
import { type Graph, MICROSOFT_DOMAIN } from './graph.ts';
import { add, cast, gemm, layerNormalization, reshape, rmsNormalization } from './ops.ts';
import { staticDim, type Value } from './value.ts';
import type { PlacedTensor, RowRange, WeightSource } from './weight-source.ts';

export interface LayerOptions {
  attention: AttentionForm;
}

/** Layers with weights, named as the checkpoint names them: `layers.at('blocks.0').linear(x, 'attn1.to_q', 2048)`. */
export class Layers {
  constructor(
    readonly g: Graph,
    readonly weights: WeightSource,
    readonly options: LayerOptions,
    private readonly prefix = '',
  ) {}

  /** The layers below a name. */
  at(name: string): Layers {
    return this.on(this.g, name);
  }

  /** The same layers in another graph, a branch of this one. */
  on(g: Graph, name?: string): Layers {
    return new Layers(g, this.weights, this.options, name === undefined ? this.prefix : `${this.prefix}${name}.`);
  }

  /** Full name of a tensor of these layers. */
  nameOf(name: string): string {
    return this.prefix + name;
  }

  has(name: string): boolean {
    return this.weights.has(this.prefix + name);
  }

  tensor(name: string, shape: readonly number[]): Value {
    return this.place(this.weights.tensor(this.prefix + name, shape), shape);
  }

  computed(
    name: string,
    shape: readonly number[],
    compute: (read: (name: string) => Float32Array) => Float32Array,
  ): Value {
    return this.place(this.weights.computed(this.prefix + name, shape, compute), shape);
  }

  /** `x W^T + b`: `[tokens, in]` to `[tokens, out]`; weight `<name>.weight` `[out, in]`, bias `<name>.bias` `[out]`. */
  linear(x: Value, name: string, out: number, { bias = true } = {}): Value {
    const columns = staticDim(x, 1);
    const weight = this.nameOf(`${name}.weight`);
    return this.product(x, weight, out, bias ? this.tensor(`${name}.bias`, [out]) : undefined, () =>
      this.tensor(`${name}.weight`, [out, columns]),
    );
  }

  /** A linear layer without bias whose weight is put together from rows of stored weights; names are full names. */
  stackedLinear(x: Value, key: string, rows: readonly RowRange[]): Value {
    const columns = staticDim(x, 1);
    const out = rows.reduce((sum, { rowCount }) => sum + rowCount, 0);
    return this.product(
      x,
      rows,
      out,
      undefined,
      () => {
        return this.place(this.weights.stackedRows(this.prefix + key, rows, columns), [out, columns]);
      },
      this.prefix + key,
    );
  }

  /** With `<name>.weight` and `<name>.bias`, over the last axis. */
  layerNorm(x: Value, name: string, epsilon: number): Value {
    const size = staticDim(x, -1);
    return layerNormalization(
      this.g,
      x,
      this.tensor(`${name}.weight`, [size]),
      this.tensor(`${name}.bias`, [size]),
      epsilon,
    );
  }

  /** Root mean square norm over the last axis; `name` is that of the weight itself. */
  rmsNorm(x: Value, name: string, epsilon: number): Value {
    return rmsNormalization(this.g, x, this.tensor(name, [staticDim(x, -1)]), epsilon);
  }

  /** Applies a norm to the channels of each head: `[tokens, heads * D]` seen as `[tokens, heads, D]`. */
  perHead(x: Value, heads: number, norm: (x: Value) => Value): Value {
    const width = staticDim(x, 1);
    const size = width / heads;
    const split = reshape(this.g, x, [-1, heads, size], [x.shape[0] ?? 0, heads, size]);
    return reshape(this.g, norm(split), [-1, width], x.shape);
  }

  attention(q: Value, k: Value, v: Value, heads: number): Value {
    return attention(this.g, q, k, v, heads, this.options.attention);
  }

  private product(
    x: Value,
    weight: string | readonly RowRange[],
    out: number,
    bias: Value | undefined,
    full: () => Value,
    key = typeof weight === 'string' ? weight : '',
  ): Value {
    const columns = staticDim(x, 1);
    const few = this.weights.quantised(weight, key, out, columns);
    if (few === undefined) return gemm(this.g, x, full(), bias);
    const blocks = Math.ceil(columns / few.blockSize);
    const codes = this.place(few.codes, [out, blocks, (few.blockSize * few.bits) / 8]);
    const scales = this.place(few.scales, [out * blocks]);
    const shape = [x.shape[0] ?? 0, out];
    const y = this.g.node(
      'MatMulNBits',
      [x, codes, scales],
      { dtype: x.dtype, shape },
      {
        domain: MICROSOFT_DOMAIN,
        attributes: {
          K: { int: columns },
          N: { int: out },
          bits: { int: few.bits },
          block_size: { int: few.blockSize },
        },
      },
    );
    return bias === undefined ? y : add(this.g, y, bias);
  }

  /** Codes of quantised weights stay as they are; all else is widened or narrowed to the dtype of the arithmetic. */
  private place(tensor: PlacedTensor, shape: readonly number[]): Value {
    const value = this.g.external(tensor.dtype, shape, tensor);
    return tensor.dtype === 'uint8' ? value : cast(this.g, value, this.weights.compute);
  }
}
