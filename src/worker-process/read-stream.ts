/** A stream that is being read to its end or until it is stopped. */
export interface StreamReading {
  /** Resolves at the end of the stream or after `stop`; rejects only with what `onChunk` throws. */
  readonly done: Promise<void>;
  /** Stops reading and closes the stream. */
  stop(): void;
}

/** Hands every chunk of a stream to `onChunk`. A failed read counts as the end of the stream. */
export function readStream(stream: ReadableStream<Uint8Array>, onChunk: (chunk: Uint8Array) => void): StreamReading {
  const reader = stream.getReader();
  const close = () => reader.cancel().catch(() => {});
  const pump = async () => {
    try {
      for (;;) {
        const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }) as const);
        if (done) return;
        onChunk(value);
      }
    } finally {
      await close();
    }
  };
  return { done: pump(), stop: () => void close() };
}
