import { describe, expect, test } from 'bun:test';
import { readStream } from '../../../../src/worker-process/read-stream.ts';

describe('readStream', () => {
  test('hands over every chunk and then is done', async () => {
    const seen: number[] = [];
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of [1, 2, 3]) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    await readStream(stream, (chunk) => seen.push(...chunk)).done;
    expect(seen).toEqual([1, 2, 3]);
  });

  test('is done and closes a stream that never ends when it is stopped', async () => {
    let isClosed = false;
    const stream = new ReadableStream<Uint8Array>({
      cancel() {
        isClosed = true;
      },
    });
    const reading = readStream(stream, () => {});
    reading.stop();
    await reading.done;
    expect(isClosed).toBe(true);
  });

  test('takes a failed read for the end', async () => {
    const stream = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error('broken pipe')) });
    expect(await readStream(stream, () => {}).done).toBeUndefined();
  });
});
