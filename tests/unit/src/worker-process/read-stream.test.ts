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

  test('passes on what the handler throws, and closes the stream', async () => {
    let isClosed = false;
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(Uint8Array.of(1)),
      cancel() {
        isClosed = true;
      },
    });
    const reading = readStream(stream, () => {
      throw new Error('the handler is broken');
    });
    await expect(reading.done).rejects.toThrow('the handler is broken');
    expect(isClosed).toBe(true);
  });
});
