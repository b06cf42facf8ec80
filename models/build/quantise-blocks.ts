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
  const block = new Uint8Array(blockSize);
  for (let index = 0; index < scales.length; index++) {
    const row = Math.floor(index / blocks);
    const start = row * columns + (index % blocks) * blockSize;
    const end = Math.min(start + blockSize, (row + 1) * columns);
    let extreme = 0;
    let magnitude = 0;
    for (let i = start; i < end; i++) {
      const value = values[i]!;
      if (value > magnitude || -value > magnitude) {
        extreme = value;
        magnitude = Math.abs(value);
      }
    }
    const scale = Math.fround(-extreme / zero);
    const inverse = scale === 0 ? 0 : 1 / scale;
    scales[index] = scale;
    block.fill(zero);
    for (let i = start; i < end; i++) {
      // Truncation of a positive number rounds it down.
      const code = (values[i]! * inverse + zero + 0.5) | 0;
      block[i - start] = Math.min(code, largestCode);
    }
    const target = index * bytesPerBlock;
    if (bits === 8) {
      codes.set(block, target);
    } else {
      for (let i = 0; i < bytesPerBlock; i++) codes[target + i] = block[2 * i]! | (block[2 * i + 1]! << 4);
    }
  }
  return { codes, scales };
}
