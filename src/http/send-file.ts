import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Context } from 'hono';
import { AppError } from '../errors.ts';
import { parseByteRange } from './byte-range.ts';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.3mf': 'model/3mf',
  '.css': 'text/css; charset=utf-8',
  '.glb': 'model/gltf-binary',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.ply': 'model/x-ply',
  '.png': 'image/png',
  '.stl': 'model/stl',
  '.svg': 'image/svg+xml',
  '.usdz': 'model/vnd.usdz+zip',
  '.wasm': 'application/wasm',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.zip': 'application/zip',
};

/** The media type of a file by its ending. */
export function contentTypeOf(path: string): string {
  return CONTENT_TYPES[extname(path)] ?? 'application/octet-stream';
}

/**
 * Answers GET and HEAD with a file that never changes under its path while it is served: strong ETag, `If-None-Match`,
 * single ranges with `If-Range`.
 * @param headers further headers of the answer, `Cache-Control` above all
 * @returns undefined where there is no such file
 * @throws {AppError} `request.range_not_satisfiable`
 */
export async function sendFile(
  context: Context,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<Response | undefined> {
  const info = await stat(path, { bigint: true }).catch(() => undefined);
  if (!info?.isFile()) return undefined;
  const sizeBytes = Number(info.size);
  const etag = `"${info.size.toString(36)}-${info.mtimeNs.toString(36)}"`;
  const common = { ...headers, ETag: etag, 'Accept-Ranges': 'bytes' };
  if (matchesEtag(context.req.header('if-none-match'), etag))
    return new Response(null, { status: 304, headers: common });

  const ifRange = context.req.header('if-range');
  const rangeHeader = context.req.header('range');
  const range = ifRange === undefined || ifRange === etag ? parseByteRange(rangeHeader, sizeBytes) : undefined;
  if (range === 'unsatisfiable') {
    throw new AppError(
      'request.range_not_satisfiable',
      `The range ${JSON.stringify(rangeHeader)} starts beyond the end of this file of ${sizeBytes} bytes.`,
      { details: { sizeBytes } },
    );
  }

  const first = range?.first ?? 0;
  const length = range ? range.last - range.first + 1 : sizeBytes;
  const responseHeaders = {
    ...common,
    'Content-Type': contentTypeOf(path),
    'Content-Length': String(length),
    ...(range && { 'Content-Range': `bytes ${range.first}-${range.last}/${sizeBytes}` }),
  };
  const file = Bun.file(path).slice(first, first + length);
  // Bun would apply a range that was deliberately ignored to a whole file, but not to a stream.
  const isRangeIgnored = rangeHeader !== undefined && range === undefined;
  const body = context.req.method === 'HEAD' ? null : isRangeIgnored ? file.stream() : file;
  return new Response(body, { status: range ? 206 : 200, headers: responseHeaders });
}

/** `If-None-Match` compares weakly: a `W/` before the tag does not matter. */
function matchesEtag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((candidate) => ['*', etag].includes(candidate.trim().replace(/^W\//, '')));
}
