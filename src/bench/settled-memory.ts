export interface MemoryUse {
  /** Resident set. */
  rssBytes: number;
  /** What JavaScript objects take, and what they hold outside of the heap. */
  heapBytes: number;
}

/** Collections until what only finalisers free is free too. */
const COLLECTIONS = 3;
const SETTLE_MS = 200;

/** The memory of this process without its garbage. */
export async function settledMemory(): Promise<MemoryUse> {
  for (let nth = 0; nth < COLLECTIONS; nth += 1) {
    Bun.gc(true);
    await Bun.sleep(SETTLE_MS);
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rssBytes: rss, heapBytes: heapUsed + external };
}
