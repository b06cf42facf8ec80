import { ProtobufWriter } from './protobuf-writer.ts';
import { type ExternalData, VALUE_DTYPES, type Value, type ValueDtype } from './value.ts';

/** IR and operator set versions: the set has RMSNormalization, and the pinned runtime has kernels for all that is used. */
const IR_VERSION = 11;
const OPSET_VERSION = 23;

/** An attribute; numbers carry their kind, as the runtime takes no float for an int. */
export type Attribute =
  | { int: number }
  | { float: number }
  | { string: string }
  | { ints: readonly number[] }
  | { graph: GraphParts };
export type Attributes = Readonly<Record<string, Attribute>>;

export interface NodeSpec {
  opType: string;
  /** Names; an empty one is an optional input that is left out. */
  inputs: readonly string[];
  outputs: readonly string[];
  attributes?: Attributes;
  domain?: string;
}

export interface InitializerSpec {
  name: string;
  dtype: ValueDtype;
  shape: readonly number[];
  /** Bytes inside the model, or a place in a file. */
  data: Uint8Array | ExternalData;
}

export interface GraphParts {
  name: string;
  inputs: Value[];
  outputs: Value[];
  nodes: NodeSpec[];
  initializers: InitializerSpec[];
}

/**
 * Writes a model in the ONNX protobuf format. Locations of external data are relative to the file system's root, as
 * the runtime takes no absolute paths: sessions set `model_external_initializers_file_folder_path` to `/`.
 */
export function encodeModel(graph: GraphParts): Uint8Array {
  const model = new ProtobufWriter();
  model.int(1, IR_VERSION);
  model.string(2, 'hy3d');
  model.message(7, (g) => writeGraph(g, graph));
  for (const [domain, version] of [
    ['', OPSET_VERSION],
    ['com.microsoft', 1],
  ] as const) {
    model.message(8, (opset) => {
      opset.string(1, domain);
      opset.int(2, version);
    });
  }
  return model.finish();
}

function writeGraph(out: ProtobufWriter, graph: GraphParts): void {
  for (const node of graph.nodes) out.message(1, (n) => writeNode(n, node));
  out.string(2, graph.name);
  for (const tensor of graph.initializers) out.message(5, (t) => writeTensor(t, tensor));
  for (const value of graph.inputs) out.message(11, (v) => writeValueInfo(v, value));
  for (const value of graph.outputs) out.message(12, (v) => writeValueInfo(v, value));
}

function writeNode(out: ProtobufWriter, { inputs, outputs, opType, attributes = {}, domain }: NodeSpec): void {
  for (const name of inputs) out.string(1, name);
  for (const name of outputs) out.string(2, name);
  // The first output names the node in the runtime's messages and profiles.
  out.string(3, outputs[0] ?? opType);
  out.string(4, opType);
  for (const [name, attribute] of Object.entries(attributes)) {
    out.message(5, (a) => {
      a.string(1, name);
      writeAttribute(a, attribute);
    });
  }
  if (domain !== undefined) out.string(7, domain);
}

function writeAttribute(out: ProtobufWriter, attribute: Attribute): void {
  if ('float' in attribute) {
    out.float(2, attribute.float);
    out.int(20, 1);
  } else if ('int' in attribute) {
    out.int(3, attribute.int);
    out.int(20, 2);
  } else if ('string' in attribute) {
    out.string(4, attribute.string);
    out.int(20, 3);
  } else if ('graph' in attribute) {
    out.message(6, (g) => writeGraph(g, attribute.graph));
    out.int(20, 5);
  } else {
    for (const value of attribute.ints) out.int(8, value);
    out.int(20, 7);
  }
}

function writeTensor(out: ProtobufWriter, { name, dtype, shape, data }: InitializerSpec): void {
  for (const dim of shape) out.int(1, dim);
  out.int(2, VALUE_DTYPES[dtype].code);
  out.string(8, name);
  if (data instanceof Uint8Array) {
    out.bytes(9, data);
    return;
  }
  for (const [key, value] of [
    ['location', data.path.replace(/^\/+/, '')],
    ['offset', String(data.byteOffset)],
    ['length', String(data.byteLength)],
  ] as const) {
    out.message(13, (entry) => {
      entry.string(1, key);
      entry.string(2, value);
    });
  }
  out.int(14, 1);
}

function writeValueInfo(out: ProtobufWriter, { name, dtype, shape }: Value): void {
  out.string(1, name);
  out.message(2, (type) =>
    type.message(1, (tensor) => {
      tensor.int(1, VALUE_DTYPES[dtype].code);
      tensor.message(2, (dims) => {
        for (const dim of shape) {
          dims.message(1, (d) => (typeof dim === 'number' ? d.int(1, dim) : d.string(2, dim)));
        }
      });
    }),
  );
}
