import { afterAll } from 'bun:test';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PlacedTensor, WeightSource } from '../../models/onnx/weight-source.ts';

/**
 * A weight source over tensors in memory: whatever is asked for is written to a temporary file in the dtype of the
 * computation, at once. The file goes with the test, or the group of tests, that asks for the source.
 * @param read gives a tensor in float32; the shape is left out where a whole stored tensor is read
 */
export function temporaryWeights(
  read: (name: string, shape?: readonly number[]) => Float32Array,
  compute: WeightSource['compute'] = 'float32',
): WeightSource {
  const folder = mkdtempSync(join(tmpdir(), 'hy3d-weights-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'weights.bin');
  closeSync(openSync(path, 'w'));
  let end = 0;

  const place = (values: Float32Array, shape: readonly number[]): PlacedTensor => {
    const count = shape.reduce((total, size) => total * size, 1);
    if (values.length !== count) throw new Error(`expected [${shape.join(', ')}], got ${values.length} values`);
    const elements = compute === 'float16' ? Float16Array.from(values) : values;
    const bytes = new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength);
    const placed = { path, byteOffset: end, byteLength: bytes.length, dtype: compute };
    const file = openSync(path, 'r+');
    writeSync(file, bytes, 0, bytes.length, end);
    closeSync(file);
    end += bytes.length;
    return placed;
  };
  const memo = new Map<string, PlacedTensor>();
  const once = (key: string, make: () => PlacedTensor): PlacedTensor => {
    const placed = memo.get(key) ?? make();
    memo.set(key, placed);
    return placed;
  };

  return {
    compute,
    has: () => true,
    tensor: (name, shape) => once(`tensor:${name}:${shape}`, () => place(read(name, shape), shape)),
    stackedRows: (key, rows, columns) =>
      once(`rows:${key}`, () => {
        const total = rows.reduce((sum, { rowCount }) => sum + rowCount, 0);
        const stacked = new Float32Array(total * columns);
        let row = 0;
        for (const { tensor, firstRow, rowCount } of rows) {
          const part = read(tensor).subarray(firstRow * columns, (firstRow + rowCount) * columns);
          stacked.set(part, row * columns);
          row += rowCount;
        }
        return place(stacked, [total, columns]);
      }),
    computed: (key, shape, work) => once(`computed:${key}`, () => place(work(read), shape)),
    quantised: () => undefined,
  };
}
