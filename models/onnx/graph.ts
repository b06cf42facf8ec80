import { type Attributes, encodeModel, type GraphParts, type NodeSpec } from './encode-model.ts';
import type { Dim, ExternalData, Value, ValueDtype } from './value.ts';

/** Where the operators of Microsoft's extension live, such as the fused attention. */
export const MICROSOFT_DOMAIN = 'com.microsoft';

export interface NodeOptions {
  attributes?: Attributes;
  domain?: string;
}

/** Dtype and shape of one output of a node. */
export type ValueType = Pick<Value, 'dtype' | 'shape'>;

/**
 * An ONNX graph under construction. Values are made by inputs, initializers and nodes and used by later nodes;
 * names are unique over the graph and all its branches.
 *
 * Operators are functions over a graph (`ops.ts`), layers with weights are methods of `Layers`. Weights stay in
 * their files: the encoded model holds paths, offsets and lengths.
 */
export class Graph {
  private readonly parts: GraphParts;
  private readonly root: Graph;
  private nextId = 0;
  private readonly constants = new Map<string, Value>();

  constructor(name: string, parent?: Graph) {
    this.parts = { name, inputs: [], outputs: [], nodes: [], initializers: [] };
    this.root = parent?.root ?? this;
  }

  input(name: string, dtype: ValueDtype, shape: readonly Dim[]): Value {
    const value = { name, dtype, shape };
    this.parts.inputs.push(value);
    return value;
  }

  /** Makes a value an output under a name of its own. */
  output(name: string, value: Value): void {
    this.parts.nodes.push({ opType: 'Identity', inputs: [value.name], outputs: [name] });
    this.parts.outputs.push({ ...value, name });
  }

  /** Adds a node with one output. */
  node(opType: string, inputs: readonly (Value | undefined)[], type: ValueType, options: NodeOptions = {}): Value {
    const [output] = this.nodes(opType, inputs, [type], options);
    if (output === undefined) throw new Error('a node has at least one output');
    return output;
  }

  /** Adds a node; an `undefined` input is an optional one that is left out. */
  nodes(
    opType: string,
    inputs: readonly (Value | undefined)[],
    types: readonly ValueType[],
    { attributes, domain }: NodeOptions = {},
  ): Value[] {
    const outputs = types.map(({ dtype, shape }) => ({ name: this.root.freshName(opType), dtype, shape }));
    const node: NodeSpec = {
      opType,
      inputs: inputs.map((value) => value?.name ?? ''),
      outputs: outputs.map(({ name }) => name),
    };
    if (attributes) node.attributes = attributes;
    if (domain) node.domain = domain;
    this.parts.nodes.push(node);
    return outputs;
  }

  /** A tensor whose bytes stay in a file. */
  external(dtype: ValueDtype, shape: readonly number[], data: ExternalData): Value {
    const key = `${data.path}:${data.byteOffset}:${dtype}:${shape.join('x')}`;
    return this.root.shared(key, (name) => {
      this.root.parts.initializers.push({ name, dtype, shape, data });
    })({ dtype, shape });
  }

  /** A small tensor inside the model; numbers are written in the given dtype. */
  constant(dtype: 'float32' | 'int64' | 'float16', shape: readonly number[], values: readonly number[]): Value {
    return this.root.shared(`${dtype}:${shape.join('x')}:${values.join(',')}`, (name) => {
      this.root.parts.initializers.push({ name, dtype, shape, data: encodeNumbers(dtype, values) });
    })({ dtype, shape });
  }

  /**
   * One of two branches, chosen when the graph runs; both may use every value made so far.
   * @param condition a bool of one element
   */
  choose(condition: Value, type: ValueType, ifTrue: (g: Graph) => Value, ifFalse: (g: Graph) => Value): Value {
    const branch = (build: (g: Graph) => Value): GraphParts => {
      const graph = new Graph(this.root.freshName('branch'), this);
      graph.output(this.root.freshName('chosen'), build(graph));
      return graph.parts;
    };
    return this.node('If', [condition], type, {
      attributes: { then_branch: { graph: branch(ifTrue) }, else_branch: { graph: branch(ifFalse) } },
    });
  }

  /** The model as bytes of an ONNX file. */
  encode(): Uint8Array {
    return encodeModel(this.parts);
  }

  private freshName(prefix: string): string {
    return `${prefix}_${this.nextId++}`;
  }

  private shared(key: string, define: (name: string) => void): (type: ValueType) => Value {
    return (type) => {
      const known = this.constants.get(key);
      if (known) return known;
      const value = { name: this.freshName('tensor'), ...type };
      define(value.name);
      this.constants.set(key, value);
      return value;
    };
  }
}

function encodeNumbers(dtype: 'float32' | 'int64' | 'float16', values: readonly number[]): Uint8Array {
  switch (dtype) {
    case 'float32':
      return new Uint8Array(Float32Array.from(values).buffer);
    case 'float16':
      return new Uint8Array(Float16Array.from(values).buffer);
    case 'int64':
      return new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
  }
}
