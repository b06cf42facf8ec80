/**
 * A set of nodes of a cubic grid, one bit each: `n` nodes per axis, rows along x padded to whole 32-bit words. An
 * eighth of a byte per node, and dilation works on 32 nodes at a time.
 */
export class NodeMask {
  readonly wordsPerRow: number;
  /** Row (y, z) starts at `wordsPerRow * (y + n * z)`; x counts from the lowest bit. Bits beyond x = n - 1 are 0. */
  readonly words: Int32Array;

  constructor(readonly n: number) {
    this.wordsPerRow = (n + 31) >> 5;
    this.words = new Int32Array(this.wordsPerRow * n * n);
  }

  add(x: number, y: number, z: number): void {
    this.words[this.wordsPerRow * (y + this.n * z) + (x >> 5)]! |= 1 << (x & 31);
  }

  has(x: number, y: number, z: number): boolean {
    return ((this.words[this.wordsPerRow * (y + this.n * z) + (x >> 5)]! >>> (x & 31)) & 1) === 1;
  }

  /** How many nodes are in the set. */
  count(): number {
    let total = 0;
    for (const word of this.words) {
      let v = word - ((word >>> 1) & 0x55555555);
      v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
      total += Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
    }
    return total;
  }

  /** Adds all 26 neighbours of every node in the set: one axis after the other, in place. */
  dilate(): void {
    const { n, wordsPerRow } = this;
    this.dilateRows();
    const planeSize = wordsPerRow * n;
    for (let z = 0; z < n; z++) this.dilateAcross(planeSize * z, wordsPerRow, wordsPerRow);
    this.dilateAcross(0, planeSize, planeSize);
  }

  /** Grows the set along x. */
  private dilateRows(): void {
    const { n, words, wordsPerRow } = this;
    const lastBits = -1 >>> (32 * wordsPerRow - n);
    for (let row = 0; row < words.length; row += wordsPerRow) {
      let before = 0;
      let word = words[row]!;
      for (let w = 0; w < wordsPerRow; w++) {
        const after = w + 1 < wordsPerRow ? words[row + w + 1]! : 0;
        words[row + w] = word | (word << 1) | (word >>> 1) | (before >>> 31) | (after << 31);
        before = word;
        word = after;
      }
      words[row + wordsPerRow - 1]! &= lastBits;
    }
  }

  /** Grows the set across `n` lines of `width` words, `stride` apart, from word `start` on. */
  private dilateAcross(start: number, stride: number, width: number): void {
    const { n, words } = this;
    let before = new Int32Array(width);
    let current = words.slice(start, start + width);
    for (let i = 0; i < n; i++) {
      const at = start + stride * i;
      const hasNext = i + 1 < n;
      const next = hasNext ? words.slice(at + stride, at + stride + width) : new Int32Array(width);
      for (let w = 0; w < width; w++) words[at + w] = before[w]! | current[w]! | next[w]!;
      before = current;
      current = next;
    }
  }
}
