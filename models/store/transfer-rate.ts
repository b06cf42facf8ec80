export interface TransferProgress {
  receivedBytes: number;
  totalBytes: number | undefined;
  /** Of the last seconds; undefined at the start. */
  bytesPerSecond: number | undefined;
  secondsLeft: number | undefined;
}

const WINDOW_MS = 5_000;
const MIN_SPAN_MS = 250;

/**
 * Turns the position in a file into rate and time left.
 * @param now clock in milliseconds
 * @returns called with the bytes that are there, those of an earlier run included
 */
export function createTransferMeter(totalBytes: number | undefined, now: () => number) {
  const samples: { atMs: number; bytes: number }[] = [];
  return (receivedBytes: number): TransferProgress => {
    const atMs = now();
    const last = samples.at(-1);
    if (last === undefined || atMs - last.atMs >= MIN_SPAN_MS) samples.push({ atMs, bytes: receivedBytes });
    while (samples.length > 2 && atMs - (samples[1]?.atMs ?? atMs) > WINDOW_MS) samples.shift();
    const first = samples[0];
    const spanMs = first ? atMs - first.atMs : 0;
    const bytesPerSecond = first && spanMs >= MIN_SPAN_MS ? (receivedBytes - first.bytes) / (spanMs / 1000) : undefined;
    const secondsLeft = bytesPerSecond && totalBytes ? (totalBytes - receivedBytes) / bytesPerSecond : undefined;
    return { receivedBytes, totalBytes, bytesPerSecond, secondsLeft };
  };
}
