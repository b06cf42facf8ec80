/**
 * Operators as functions: each adds a node and returns its output. Tokens are rows, `[tokens, channels]`, all the
 * way through a network; only attention and convolution add the batch axis that they need.
 */
import type { Graph } from './graph.ts';
import { type Dim, staticDim, type Value, type ValueDtype } from './value.ts';

/** Elementwise with broadcasting; the shape is that of the operand with more axes, which must be the larger one. */
function elementwise(opType: string) {
  return (g: Graph, a: Value, b: Value): Value => g.node(opType, [a, b], a.shape.length >= b.shape.length ? a : b);
}

export const add = elementwise('Add');
export const multiply = elementwise('Mul');

export function sigmoid(g: Graph, x: Value): Value {
  return g.node('Sigmoid', [x], x);
}

/** x * sigmoid(x). */
export function silu(g: Graph, x: Value): Value {
  return multiply(g, x, sigmoid(g, x));
}

/** @param approximate `none` is the exact form with the error function */
export function gelu(g: Graph, x: Value, approximate: 'none' | 'tanh'): Value {
  return g.node('Gelu', [x], x, { attributes: { approximate: { string: approximate } } });
}

export function sine(g: Graph, x: Value): Value {
  return g.node('Sin', [x], x);
}

export function cosine(g: Graph, x: Value): Value {
  return g.node('Cos', [x], x);
}

/** Along the last axis. */
export function softmax(g: Graph, x: Value): Value {
  return g.node('Softmax', [x], x, { attributes: { axis: { int: -1 } } });
}

/** Mean and variance over the last axis, biased; `scale` and `bias` are vectors of its size. */
export function layerNormalization(g: Graph, x: Value, scale: Value, bias: Value, epsilon: number): Value {
  return g.node('LayerNormalization', [x, scale, bias], x, {
    attributes: { axis: { int: -1 }, epsilon: { float: epsilon } },
  });
}

/** x / sqrt(mean(x^2) + epsilon) * scale over the last axis. */
export function rmsNormalization(g: Graph, x: Value, scale: Value, epsilon: number): Value {
  return g.node('RMSNormalization', [x, scale], x, {
    attributes: { axis: { int: -1 }, epsilon: { float: epsilon } },
  });
}

export function cast(g: Graph, x: Value, dtype: ValueDtype): Value {
  if (x.dtype === dtype) return x;
  const to = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9, float16: 10, bfloat16: 16 }[dtype];
  return g.node('Cast', [x], { dtype, shape: x.shape }, { attributes: { to: { int: to } } });
}

/**
 * Rows of the same elements under another shape.
 * @param spec as the ONNX operator takes it: 0 keeps the size of the input's axis, -1 is worked out
 * @param shape what comes out, for the operators that follow
 */
export function reshape(g: Graph, x: Value, spec: readonly number[], shape: readonly Dim[]): Value {
  return g.node('Reshape', [x, g.constant('int64', [spec.length], spec)], { dtype: x.dtype, shape });
}

export function transpose(g: Graph, x: Value, permutation: readonly number[]): Value {
  const shape = permutation.map((axis) => x.shape[axis] ?? 0);
  return g.node('Transpose', [x], { dtype: x.dtype, shape }, { attributes: { perm: { ints: permutation } } });
}

export function matmul(g: Graph, a: Value, b: Value): Value {
  const shape = [...a.shape.slice(0, -1), b.shape.at(-1) ?? 0];
  return g.node('MatMul', [a, b], { dtype: a.dtype, shape });
}

/** `x W^T + bias` with the weight as it is stored, `[out, in]`. `x` is `[tokens, in]`. */
export function gemm(g: Graph, x: Value, weight: Value, bias: Value | undefined): Value {
  const shape = [x.shape[0] ?? 0, staticDim(weight, 0)];
  return g.node('Gemm', [x, weight, bias], { dtype: x.dtype, shape }, { attributes: { transB: { int: 1 } } });
}

/** Joins along an axis; sizes of that axis that are known only at run time make the result's unknown too. */
export function concat(g: Graph, values: readonly [Value, ...Value[]], axis: number): Value {
  const [first] = values;
  const at = axis < 0 ? first.shape.length + axis : axis;
  const sizes = values.map((value) => value.shape[at] ?? 0);
  const total = sizes.every((size) => typeof size === 'number')
    ? sizes.reduce((sum, size) => sum + size, 0)
    : sizes.join('+');
  const shape = first.shape.map((dim, i) => (i === at ? total : dim));
  return g.node('Concat', [...values], { dtype: first.dtype, shape }, { attributes: { axis: { int: at } } });
}

/** Cuts the last axis into pieces of these sizes. */
export function split<const S extends readonly number[]>(g: Graph, x: Value, sizes: S): { [K in keyof S]: Value } {
  const types = sizes.map((size) => ({ dtype: x.dtype, shape: [...x.shape.slice(0, -1), size] }));
  const pieces = g.nodes('Split', [x, g.constant('int64', [sizes.length], sizes)], types, {
    attributes: { axis: { int: -1 } },
  });
  return pieces as { [K in keyof S]: Value };
}

/** Elements `start`, `start + step`, ... below `end` along an axis. Bounds are int64 vectors of one element. */
export function slice(
  g: Graph,
  x: Value,
  axis: number,
  bounds: { start: Value; end: Value; step?: Value },
  size: Dim,
): Value {
  const axes = g.constant('int64', [1], [axis]);
  const shape = x.shape.map((dim, i) => (i === axis ? size : dim));
  return g.node('Slice', [x, bounds.start, bounds.end, axes, bounds.step], { dtype: x.dtype, shape });
}

/** Number of rows (axis 0), int64 `[1]`. */
export function rowCount(g: Graph, x: Value): Value {
  return g.node('Shape', [x], { dtype: 'int64', shape: [1] }, { attributes: { start: { int: 0 }, end: { int: 1 } } });
}

/**
 * Rows (axis 0) from `first` on.
 * @param first a number, or an int64 vector of one element
 */
export function rowsFrom(g: Graph, x: Value, first: number | Value, size: Dim): Value {
  const start = typeof first === 'number' ? g.constant('int64', [1], [first]) : first;
  return slice(g, x, 0, { start, end: g.constant('int64', [1], [2 ** 53 - 1]) }, size);
}

/** Picks along an axis; the axis is replaced by the shape of `indices` (int64). */
export function gather(g: Graph, x: Value, indices: Value, axis = 0): Value {
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  return g.node('Gather', [x, indices], { dtype: x.dtype, shape }, { attributes: { axis: { int: axis } } });
}

/**
 * Picks other elements for every row of the first axis.
 * @param x `[rows, n, ...]`
 * @param indices int64 `[rows, count]`, each in [0, n)
 * @returns `[rows, count, ...]`
 */
export function gatherPerRow(g: Graph, x: Value, indices: Value): Value {
  const [rows, count] = [staticDim(indices, 0), staticDim(indices, 1)];
  const paths = reshape(g, indices, [rows, count, 1], [rows, count, 1]);
  const shape = [...indices.shape, ...x.shape.slice(2)];
  return g.node('GatherND', [x, paths], { dtype: x.dtype, shape }, { attributes: { batch_dims: { int: 1 } } });
}

export function reduceMean(g: Graph, x: Value, axis: number): Value {
  const shape = x.shape.filter((_, i) => i !== axis);
  return g.node(
    'ReduceMean',
    [x, g.constant('int64', [1], [axis])],
    { dtype: x.dtype, shape },
    {
      attributes: { keepdims: { int: 0 } },
    },
  );
}

export function reduceMax(g: Graph, x: Value, axis: number): Value {
  const shape = x.shape.filter((_, i) => i !== axis);
  return g.node(
    'ReduceMax',
    [x, g.constant('int64', [1], [axis])],
    { dtype: x.dtype, shape },
    {
      attributes: { keepdims: { int: 0 } },
    },
  );
}

export function reduceSum(g: Graph, x: Value, axis: number): Value {
  const shape = x.shape.filter((_, i) => i !== axis);
  return g.node(
    'ReduceSum',
    [x, g.constant('int64', [1], [axis])],
    { dtype: x.dtype, shape },
    {
      attributes: { keepdims: { int: 0 } },
    },
  );
}

/** The `count` largest of the last axis, largest first. */
export function topK(g: Graph, x: Value, count: number): { values: Value; indices: Value } {
  const shape = [...x.shape.slice(0, -1), count];
  const [values, indices] = g.nodes(
    'TopK',
    [x, g.constant('int64', [1], [count])],
    [
      { dtype: x.dtype, shape },
      { dtype: 'int64', shape },
    ],
    { attributes: { axis: { int: -1 } } },
  );
  if (values === undefined || indices === undefined) throw new Error('TopK has two outputs');
  return { values, indices };
}

export function equal(g: Graph, a: Value, b: Value): Value {
  return g.node('Equal', [a, b], { dtype: 'bool', shape: a.shape });
}

export function greater(g: Graph, a: Value, b: Value): Value {
  return g.node('Greater', [a, b], { dtype: 'bool', shape: a.shape });
}

/** Positions of the elements of a vector that are not zero, int64 `[found, 1]`. */
export function nonZeroRows(g: Graph, x: Value): Value {
  const found = g.node('NonZero', [x], { dtype: 'int64', shape: [1, 'found'] });
  return transpose(g, found, [1, 0]);
}

/** `x` with `updates` added to the rows that `rows` (int64 `[n, 1]`) names. */
export function scatterAddRows(g: Graph, x: Value, rows: Value, updates: Value): Value {
  return g.node('ScatterND', [x, rows, updates], x, { attributes: { reduction: { string: 'add' } } });
}

/** 2-D convolution without padding whose stride is the kernel's size. `x` is `[batch, channels, height, width]`. */
export function patchConvolution(g: Graph, x: Value, weight: Value, bias: Value, shape: readonly Dim[]): Value {
  const size = staticDim(weight, 2);
  return g.node(
    'Conv',
    [x, weight, bias],
    { dtype: x.dtype, shape },
    {
      attributes: { kernel_shape: { ints: [size, size] }, strides: { ints: [size, size] } },
    },
  );
}
