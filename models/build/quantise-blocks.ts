export interface QuantisedBlocks {
  /** `[rows, blocks, blockSize * bits / 8]`; a code is `round(value / scale) + 2^(bits-1)`, low nibble first. */
  codes: Uint8Array<ArrayBuffer>;
  /** `[rows, blocks]`. */
  scales: Float32Array<ArrayBuffer>;
}

/**
 * Symmetric round-to-nearest quantisation in blocks along the rows, as the runtime's `MatMulNBits` reads it. The value of
 * largest magnitude in a block gets the code 0, the end of the range that reaches further, so that it is kept exactly.
 * @param values `[rows, columns]`; the last block of a row may be short, its rest decodes to 0
 */
export function quantiseBlocks(
  values: Float32Array,
  rows: number,
  columns: number,
  bits: 4 | 8,
  blockSize: number,
): QuantisedBlocks {
  const blocks = Math.ceil(columns / blockSize);
  const bytesPerBlock = (blockSize * bits) / 8;
  const zero = 2 ** (bits - 1);
  const largestCode = 2 ** bits - 1;
  const codes = new Uint8Array(rows * blocks * bytesPerBlock);
  const scales = new Float32Array(rows * blocks);
  for (let row = 0; row < rows; row++) {
    for (let block = 0; block < blocks; block++) {
      const start = row * columns + block * blockSize;
      const end = Math.min(start + blockSize, (row + 1) * columns);
      let extreme = 0;
      for (let i = start; i < end; i++) {
        const value = values[i] ?? 0;
        if (Math.abs(value) > Math.abs(extreme)) extreme = value;
      }
      const scale = Math.fround(-extreme / zero);
      const inverse = scale === 0 ? 0 : 1 / scale;
      const index = row * blocks + block;
      scales[index] = scale;
      const target = index * bytesPerBlock;
      for (let i = 0; i < blockSize; i++) {
        const value = start + i < end ? (values[start + i] ?? 0) : 0;
        const code = Math.max(0, Math.min(largestCode, Math.round(value * inverse) + zero));
        if (bits === 8) codes[target + i] = code;
        else codes[target + (i >> 1)] = (codes[target + (i >> 1)] ?? 0) | (code << (4 * (i & 1)));
      }
    }
  }
  return { codes, scales };
}
