import { AppError } from '../errors.ts';

/**
 * Reads a request body of at most `maxBytes`.
 *
 * A stated `Content-Length` above the limit is refused before a byte is read; a smaller or missing one is never
 * trusted: the bytes are counted as they come, and reading stops at the first one too many.
 * @throws {AppError} `request.too_large`; `request.malformed` where the body breaks off.
 */
export async function readBody(request: Request, maxBytes: number): Promise<Uint8Array> {
  const stated = Number(request.headers.get('content-length') ?? 0);
  if (stated > maxBytes) throw tooLarge(maxBytes);
  if (request.body === null) return new Uint8Array(0);

  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  const reader = request.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      sizeBytes += value.length;
      if (sizeBytes > maxBytes) throw tooLarge(maxBytes);
      chunks.push(value);
    }
  } catch (error) {
    // Not awaited: a client that goes on sending must not hold up the answer.
    reader.cancel().catch(() => {});
    if (error instanceof AppError) throw error;
    throw new AppError('request.malformed', 'The request body broke off before its end.', { cause: error });
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, sizeBytes);
}

function tooLarge(maxBytes: number): AppError {
  const limit = `${(maxBytes / 1024 ** 2).toFixed(maxBytes < 1024 ** 2 ? 3 : 0)} MiB`;
  return new AppError(
    'request.too_large',
    `The request body is larger than the limit of ${limit} (${maxBytes} bytes): send smaller pictures.`,
  );
}
