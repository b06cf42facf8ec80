/** A stream that is being read to its end or until it is stopped. */
export interface StreamReading {
  /** Resolves at the end of the stream or after `stop`; never rejects. */
  readonly done: Promise<void>;
  /** Stops reading and closes the stream. */
  stop(): void;
}

/** Hands every chunk of a stream to `onChunk`. A read error counts as the end of the stream. */
export function readStream(stream: ReadableStream<Uint8Array>, onChunk: (chunk: Uint8Array) => void): StreamReading {
  const reader = stream.getReader();
  const pump = async () => {
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        onChunk(value);
      }
    } finally {
      await reader.cancel();
    }
  };
  return {
    done: pump().catch(() => {}),
    stop: () => void reader.cancel().catch(() => {}),
  };
}
