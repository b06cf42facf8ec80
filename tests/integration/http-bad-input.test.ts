import { afterAll, afterEach, describe, expect, test } from 'bun:test';
import { listenTestServer } from '../helpers/listen-test-server.ts';
import {
  avifHeader,
  gifHeader,
  jpegHeader,
  pngHeader,
  pngOf,
  tiffHeader,
  webpHeader,
} from '../helpers/picture-bytes.ts';

const server = listenTestServer();
afterAll(() => server[Symbol.asyncDispose]());

afterEach(async () => {
  const health = await fetch(`${server.origin}/api/health`);
  expect(await health.json()).toEqual({ status: 'ok', version: '2.1' });
  expect(server.faults).toEqual([]);
  expect(server.jobs.inputs).toEqual([]);
});

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const png = pngOf(32, 32);
const front = base64(png);
const HUGE = 'x'.repeat(100_000);

/** Body with this front picture. */
const picture = (bytes: Uint8Array) => JSON.stringify({ images: { front: base64(bytes) } });
/** Body with a good picture and these options, as JSON text so that anything can be written. */
const options = (json: string) => `{"images":{"front":"${front}"},"options":${json}}`;
const images = (json: string) => `{"images":${json}}`;

/** Name, body of `POST /api/generate`, and what the detail says; all are refused with 400. */
const BAD_BODIES: ReadonlyArray<readonly [name: string, body: string | Uint8Array, detail: string]> = [
  // Not JSON, or JSON with two readings.
  ['no body', '', 'not valid JSON: the body is empty'],
  ['white space only', ' \r\n\t', 'not valid JSON: the body is empty'],
  ['plain text', 'front=cat.png', 'not valid JSON: expected a value at byte 0'],
  ['a picture instead of JSON', png, 'not valid JSON: expected a value at byte 0'],
  ['JSON cut off in a string', images(`{"front":"${front}`), 'has no end'],
  ['JSON cut off between tokens', images(`{"front":"${front}"`), 'got the end of the body'],
  ['a trailing comma', images(`{"front":"${front}",}`), 'expected a key in double quotes'],
  ['something after the end', `${images(`{"front":"${front}"}`)}{}`, 'expected the end at byte'],
  ['single quotes', "{'images':{}}", 'expected a key in double quotes'],
  ['a comment', `/* hi */${images(`{"front":"${front}"}`)}`, 'expected a value at byte 0'],
  ['UTF-16', Buffer.from(images('{}'), 'utf16le'), 'expected a key in double quotes at byte 1'],
  ['invalid UTF-8 in a string', latin1(images('{"front":"\xc3\x28"}')), 'is not UTF-8'],
  ['invalid UTF-8 in a key', latin1('{"\xff":1}'), 'is not UTF-8'],
  ['a bare line break in a string', images('{"front":"a\nb"}'), 'bare control character'],
  ['a bad escape', images('{"front":"\\q"}'), 'bad escape'],
  ['the same picture twice', images(`{"front":"${front}","front":"${front}"}`), 'the key "front" stands twice'],
  ['the same key twice, once escaped', '{"images":{},"im\\u0061ges":{}}', 'the key "images" stands twice'],
  ['the same option twice', options('{"seed":1,"seed":2}'), 'the key "seed" stands twice'],
  ['arrays a hundred thousand deep', '['.repeat(100_000), 'nested deeper than 16 levels'],
  ['objects a hundred deep', '{"a":'.repeat(100), 'nested deeper than 16 levels'],
  ['deep options', options(`{"engine":${'['.repeat(50)}${']'.repeat(50)}}`), 'nested deeper than 16 levels'],
  ['a hundred thousand values', `[${'0,'.repeat(100_000)}0]`, 'more than 1000 values'],

  // The wrong structure.
  ['null', 'null', 'the body: expected an object with "images" and optionally "options", got null'],
  ['an array', '[]', 'the body: expected an object with "images" and optionally "options", got an array'],
  ['a string', '"images"', 'the body: expected an object with "images" and optionally "options", got "images"'],
  ['an empty object', '{}', 'images: expected an object with the picture "front"'],
  ['an unknown key', `{"images":{"front":"${front}"},"option":{}}`, 'the body: unknown key "option"'],
  ['the key __proto__', `{"images":{"front":"${front}"},"__proto__":{}}`, 'the body: unknown key "__proto__"'],
  ['a huge unknown key', `{"images":{"front":"${front}"},"${HUGE}":1}`, `unknown key "${'x'.repeat(40)}..."`],
  ['pictures as an array', images(`["${front}"]`), 'images: expected an object with the picture "front" and'],
  ['pictures as a string', images(`"${front}"`), 'images: expected an object with the picture "front" and'],
  ['no pictures', images('{}'), 'images.front: expected base64 of a picture, got nothing'],
  ['no front picture', images(`{"back":"${front}"}`), 'images.front: expected base64 of a picture, got nothing'],
  ['null as front', images('{"front":null}'), 'images.front: expected base64 of a picture, got null'],
  ['a number as front', images('{"front":42}'), 'images.front: expected base64 of a picture, got 42'],
  ['null as back', images(`{"front":"${front}","back":null}`), 'images.back: expected base64 of a picture, got null'],
  ['an object as left', images(`{"front":"${front}","left":{}}`), 'images.left: expected base64 of a picture, got an'],
  ['an unknown view', images(`{"front":"${front}","top":"${front}"}`), 'images: unknown key "top"'],

  // Options.
  ['options as null', options('null'), 'options: expected an object, got null'],
  ['options as an array', options('[]'), 'options: expected an object, got an array'],
  ['an unknown option', options('{"face_cuont":5}'), 'options: unknown key "face_cuont"'],
  ['a boolean as a string', options('{"enable_pbr":"true"}'), 'options.enable_pbr: expected true or false, got "true"'],
  ['a boolean as a number', options('{"should_texture":1}'), 'options.should_texture: expected true or false, got 1'],
  ['a boolean as null', options('{"should_remesh":null}'), 'options.should_remesh: expected true or false, got null'],
  ['too few faces', options('{"face_count":99}'), 'face_count: expected a whole number from 100 to 500000, got 99'],
  ['too many faces', options('{"face_count":500001}'), 'face_count: expected a whole number from 100 to 500000'],
  ['half a face', options('{"face_count":100.5}'), 'face_count: expected a whole number from 100 to 500000, got 100.5'],
  ['a number as a string', options('{"face_count":"4000"}'), 'face_count: expected a whole number from 100 to 500000'],
  ['NaN', options('{"guidance_scale":NaN}'), 'not valid JSON: expected a value at byte'],
  ['Infinity', options('{"guidance_scale":Infinity}'), 'not valid JSON: expected a value at byte'],
  ['a number that overflows', options('{"guidance_scale":1e999}'), 'not valid JSON: expected a value at byte'],
  ['a scale out of range', options('{"guidance_scale":30.5}'), 'guidance_scale: expected a number from 0 to 30, got'],
  ['a negative seed', options('{"seed":-1}'), 'options.seed: expected a whole number from 0 to 4294967295, got -1'],
  ['a seed beyond 32 bits', options('{"seed":4294967296}'), 'options.seed: expected a whole number from 0 to'],
  ['a texture of 1000', options('{"texture_size":1000}'), 'texture_size: expected a power of two from 256 to 4096'],
  ['a texture of 8192', options('{"texture_size":8192}'), 'options.texture_size: expected a whole number from 256 to'],
  ['no steps', options('{"num_inference_steps":0}'), 'num_inference_steps: expected a whole number from 1 to 200'],
  ['a fine volume', options('{"octree_resolution":513}'), 'octree_resolution: expected a whole number from 32 to 512'],
  ['an engine that is a path', options('{"engine":"../../etc/passwd"}'), 'options.engine: expected "auto" or the name'],
  ['an engine with a line break', options('{"engine":"hull\\n"}'), 'options.engine: expected "auto" or the name'],
  ['a huge engine name', options(`{"engine":"${HUGE}"}`), `got "${'x'.repeat(40)}..."`],
  ['an unknown texture format', options('{"texture_format":"bmp"}'), 'texture_format: expected one of png, jpeg, webp'],
  ['several bad options', options('{"seed":-1,"face_count":1}'), 'options.seed: expected a whole number'],

  // Base64.
  ['an empty picture', images('{"front":""}'), 'images.front: expected base64 of a PNG'],
  ['white space as a picture', images('{"front":" \\n "}'), 'images.front: expected base64 of a PNG'],
  ['an empty data URL', images('{"front":"data:image/png;base64,"}'), 'images.front: expected base64 of a PNG'],
  ['text that is no base64', images('{"front":"c:\\\\cat.png"}'), 'got text that is not base64'],
  ['a web address', images('{"front":"http://169.254.169.254/"}'), 'got text that is not base64'],
  ['a file address', images('{"front":"file:///etc/passwd"}'), 'got text that is not base64'],
  ['a data URL without base64', images('{"front":"data:image/svg+xml,<svg/>"}'), 'got text that is not base64'],
  ['two alphabets at once', images('{"front":"iVBO-_+/"}'), 'got text that is not base64'],
  ['huge text', images(`{"front":"${HUGE}!"}`), 'got text that is not base64'],

  // Other formats, polyglots among them: the first bytes decide.
  ['SVG', picture(latin1('<svg xmlns="http://www.w3.org/2000/svg"/>')), 'got an SVG drawing'],
  ['SVG behind an XML header', picture(latin1('<?xml version="1.0"?>\n<svg/>')), 'got an SVG drawing'],
  ['SVG behind a byte order mark', picture(latin1('\xef\xbb\xbf <svg onload="alert(1)">')), 'got an SVG drawing'],
  ['SVG that claims to be PNG', images(`{"front":"data:image/png;base64,${btoa('<svg/>')}"}`), 'got an SVG drawing'],
  ['HTML', picture(latin1('<!DOCTYPE html><script>alert(1)</script>')), 'got an HTML page'],
  [
    'XML with an entity',
    picture(latin1('<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///">]>')),
    'got an XML',
  ],
  ['PDF', picture(latin1('%PDF-1.7\n')), 'got a PDF'],
  ['PDF with a PNG inside', picture(Buffer.concat([latin1('%PDF-1.7\n'), png])), 'got a PDF'],
  ['HTML with a PNG behind', picture(Buffer.concat([latin1('<html>'), png])), 'got an HTML page'],
  ['ZIP', picture(latin1('PK\x03\x04\x14\0')), 'got a ZIP archive'],
  ['a GLB', picture(latin1('glTF\x02\0\0\0')), 'got a GLB model'],
  ['BMP', picture(latin1('BM\x46\0\0\0')), 'got a BMP picture'],
  ['HEIC', picture(latin1('\0\0\0\x18ftypheic\0\0\0\0mif1heic')), 'got a HEIC picture'],
  ['a video', picture(latin1('\0\0\0\x18ftypisom\0\0\x02\0isommp41')), 'got a video'],
  ['a program', picture(latin1('\x7fELF\x02\x01')), 'got a program'],
  ['a PNG that is not the first', picture(Buffer.concat([latin1('\n'), png])), 'got bytes of another kind'],
  ['random bytes', picture(latin1('\x01\x02\x03\x04\x05')), 'got bytes of another kind'],
  ['one byte', picture(latin1('\x89')), 'got bytes of another kind'],

  // Damaged headers.
  ['PNG of its signature alone', picture(png.subarray(0, 8)), 'the header of this PNG is damaged or cut off'],
  ['PNG cut off in its header', picture(png.subarray(0, 20)), 'the header of this PNG is damaged or cut off'],
  [
    'PNG whose first chunk is another',
    picture(latin1(`\x89PNG\r\n\x1a\n\0\0\0\x0dIDAT${'\0'.repeat(13)}`)),
    'this PNG is',
  ],
  ['PNG of no width', picture(pngHeader(0, 32)), 'the header of this PNG is damaged or cut off'],
  ['JPEG without a frame', picture(latin1('\xff\xd8\xff\xd9')), 'the header of this JPEG is damaged or cut off'],
  [
    'JPEG that is full of fill bytes',
    picture(Buffer.alloc(100_000, 0xff).fill('\xd8', 1, 2, 'latin1')),
    'this JPEG is',
  ],
  ['GIF cut off in its screen', picture(latin1('GIF89a\x10\0')), 'the header of this GIF is damaged or cut off'],
  [
    'WebP without a picture',
    picture(latin1('RIFF\x0c\0\0\0WEBPEXIF')),
    'the header of this WEBP is damaged or cut off',
  ],
  ['TIFF whose directory is outside', picture(latin1('II*\0\xff\xff\xff\xff')), 'the header of this TIFF is damaged'],
  ['AVIF without a size', picture(avifHeader()), 'the header of this AVIF is damaged or cut off'],

  // Sizes that the header announces: bombs and pictures that can show nothing.
  [
    'PNG of 30,000 x 30,000',
    picture(pngHeader(30_000, 30_000)),
    '30000 x 30000 pixels (900 megapixels); the limit is 40',
  ],
  ['PNG of 2^31 - 1 squared', picture(pngHeader(0x7fffffff, 0x7fffffff)), 'the limit is 40 megapixels'],
  ['JPEG of 65,535 x 65,535', picture(jpegHeader(65_535, 65_535)), '65535 x 65535 pixels'],
  ['GIF of 65,535 x 65,535', picture(gifHeader(65_535, 65_535)), '65535 x 65535 pixels'],
  [
    'GIF with a frame far beyond its screen',
    picture(gifHeader(32, 32, { left: 0, top: 0, width: 60_000, height: 60_000 })),
    '60000 x 60000 pixels',
  ],
  ['WebP of 16,384 x 16,384', picture(webpHeader(16_384, 16_384)), '16384 x 16384 pixels'],
  ['TIFF of 4 billion x 16', picture(tiffHeader(4_000_000_000, 16)), '4000000000 x 16 pixels'],
  ['AVIF of 30,000 x 30,000', picture(avifHeader({ width: 30_000, height: 30_000 })), '30000 x 30000 pixels'],
  ['one pixel more than the limit', picture(pngHeader(40_000_001, 16)), 'the limit is 40 megapixels'],
  ['PNG of 1 x 1', picture(pngOf(1, 1)), 'expected at least 16 pixels on each side, got 1 x 1'],
  ['PNG of 5000 x 1', picture(pngOf(5000, 1)), 'expected at least 16 pixels on each side, got 5000 x 1'],
  [
    'a bad picture behind a good one',
    images(`{"front":"${front}","right":"${base64(pngOf(1, 1))}"}`),
    'images.right: exp',
  ],
];

describe('POST /api/generate refuses with 400', () => {
  test.each(BAD_BODIES)('%s', async (_, body, detail) => {
    const response = await fetch(`${server.origin}/api/generate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : Uint8Array.from(body),
    });
    await expectRefusal(response, 400, detail);
  });
});

interface BadRequest {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
  status: number;
  detail: string;
}

const good = images(`{"front":"${front}"}`);
const generate = { method: 'POST', path: '/api/generate', body: good };
const UNKNOWN_ID = '00000000-0000-4000-8000-000000000000';

const BAD_REQUESTS: ReadonlyArray<readonly [string, BadRequest]> = [
  // Media types.
  [
    'a form',
    {
      ...generate,
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
      status: 415,
      detail: 'expected application/json',
    },
  ],
  [
    'text/plain',
    { ...generate, headers: { 'content-type': 'text/plain' }, status: 415, detail: 'expected application/json' },
  ],
  [
    'a picture',
    { ...generate, headers: { 'content-type': 'image/png' }, status: 415, detail: 'expected application/json' },
  ],
  [
    'almost JSON',
    { ...generate, headers: { 'content-type': 'application/jsonp' }, status: 415, detail: 'expected application/json' },
  ],
  [
    'a compressed body',
    { ...generate, headers: { 'content-encoding': 'gzip' }, status: 415, detail: 'without compression' },
  ],
  // Size.
  [
    'a body above the limit',
    {
      ...generate,
      body: images(`{"front":"${'A'.repeat(300_000)}"}`),
      status: 413,
      detail: 'larger than the limit of 0.250 MiB',
    },
  ],
  // Routes and methods.
  ['an unknown route', { path: '/api/generat', status: 404, detail: 'There is no such route' }],
  ['an unknown route below a known one', { path: '/api/health/deep', status: 404, detail: 'There is no such route' }],
  ['a trailing slash', { path: '/api/health/', status: 404, detail: 'There is no such route' }],
  ['another case', { path: '/API/health', status: 404, detail: 'There is no such route' }],
  ['GET of generate', { path: '/api/generate', status: 405, detail: 'GET is not allowed here; use POST' }],
  ['PUT of generate', { method: 'PUT', path: '/api/generate', body: good, status: 405, detail: 'use POST' }],
  ['POST of status', { method: 'POST', path: '/api/status', body: '{}', status: 405, detail: 'use GET or HEAD' }],
  ['DELETE of all jobs', { method: 'DELETE', path: '/api/jobs', status: 405, detail: 'use GET or HEAD' }],
  ['PATCH of a job', { method: 'PATCH', path: `/api/jobs/${UNKNOWN_ID}`, status: 405, detail: 'use DELETE' }],
  ['POST of the page', { method: 'POST', path: '/', status: 405, detail: 'use GET or HEAD' }],
  [
    'DELETE of a file',
    { method: 'DELETE', path: `/files/${UNKNOWN_ID}/model.glb`, status: 405, detail: 'use GET or HEAD' },
  ],
  // Ids.
  ['status without an id', { path: '/api/status', status: 400, detail: 'job_id: expected the id of a job' }],
  ['status with an empty id', { path: '/api/status?job_id=', status: 400, detail: 'job_id: expected the id of a job' }],
  [
    'status with two ids',
    { path: '/api/status?job_id=a&job_id=b', status: 400, detail: 'job_id: expected one value, got 2' },
  ],
  [
    'status of an unknown id',
    { path: `/api/status?job_id=${UNKNOWN_ID}`, status: 404, detail: 'There is no job with this id' },
  ],
  [
    'status of a path',
    { path: '/api/status?job_id=../../etc/passwd', status: 404, detail: 'There is no job with this id' },
  ],
  [
    'status of __proto__',
    { path: '/api/status?job_id=__proto__', status: 404, detail: 'There is no job with this id' },
  ],
  ['status of a NUL byte', { path: '/api/status?job_id=%00', status: 404, detail: 'There is no job with this id' }],
  [
    'status of broken percent signs',
    { path: '/api/status?job_id=%zz%', status: 404, detail: 'There is no job with this id' },
  ],
  [
    'status of a line break',
    { path: '/api/status?job_id=a%0d%0aSet-Cookie:x', status: 404, detail: 'There is no job with this id' },
  ],
  [
    'status of a huge id',
    { path: `/api/status?job_id=${'a'.repeat(8000)}`, status: 404, detail: 'There is no job with this id' },
  ],
  [
    'cancelling an unknown job',
    { method: 'DELETE', path: `/api/jobs/${UNKNOWN_ID}`, status: 404, detail: 'There is no job with this id' },
  ],
  [
    'cancelling a path',
    { method: 'DELETE', path: '/api/jobs/..%2f..%2fetc', status: 404, detail: 'There is no job with this id' },
  ],
  ['events without an id', { path: '/api/events', status: 400, detail: 'job_id: expected the id of a job' }],
  [
    'events of an unknown job',
    { path: `/api/events?job_id=${UNKNOWN_ID}`, status: 404, detail: 'There is no job with this id' },
  ],
  [
    'events after a bad id',
    {
      path: `/api/events?job_id=${UNKNOWN_ID}&last_event_id=-1`,
      status: 400,
      detail: 'Last-Event-ID: expected the number',
    },
  ],
  [
    'events after a bad header',
    {
      path: `/api/events?job_id=${UNKNOWN_ID}`,
      headers: { 'last-event-id': '1e9' },
      status: 400,
      detail: 'Last-Event-ID: expected the number',
    },
  ],
  // Files.
  [
    'a file of an unknown job',
    { path: `/files/${UNKNOWN_ID}/model.glb`, status: 404, detail: 'There is no such file' },
  ],
  [
    'a file with dots',
    { path: `/files/${UNKNOWN_ID}/..%2f..%2fserver.lock`, status: 404, detail: 'There is no such file' },
  ],
  [
    'a file with double-encoded dots',
    { path: `/files/${UNKNOWN_ID}/%252e%252e%252fetc`, status: 404, detail: 'There is no such file' },
  ],
  [
    'a file with a NUL byte',
    { path: `/files/${UNKNOWN_ID}/model.glb%00.png`, status: 404, detail: 'There is no such file' },
  ],
  ['an absolute path', { path: '/files/%2fetc/passwd', status: 404, detail: 'There is no such file' }],
  ['the folder of a job', { path: `/files/${UNKNOWN_ID}/`, status: 404, detail: 'There is no such route' }],
  ['an asset with dots', { path: '/assets/..%2fconfig.ts', status: 404, detail: 'There is no such page' }],
  ['an asset with backslashes', { path: '/assets/..%5cconfig.ts', status: 404, detail: 'There is no such page' }],
  ['a hidden asset', { path: '/assets/.env', status: 404, detail: 'There is no such page' }],
  ['the folder of assets', { path: '/assets/', status: 404, detail: 'There is no such page' }],
];

describe('refuses precisely', () => {
  test.each(BAD_REQUESTS)('%s', async (_, { path, status, detail, ...init }) => {
    await expectRefusal(await fetch(server.origin + path, init), status, detail);
  });
});

async function expectRefusal(response: Response, status: number, detail: string): Promise<void> {
  const body = (await response.json()) as { detail: string };
  expect(Object.keys(body)).toEqual(['detail']);
  expect(body.detail).toContain(detail);
  expect(body.detail.length).toBeLessThan(500);
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toBe('application/json');
  if (status === 405) expect(response.headers.get('allow')).toMatch(/^[A-Z]+(, [A-Z]+)*$/);
}

describe('bodies and connections that lie', () => {
  const post = (headers: string, body = '') =>
    rawRequest(
      `POST /api/generate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${headers}\r\n\r\n${body}`,
    );

  test('a stated length above the limit is refused before the body comes', async () => {
    const answer = await post('Content-Length: 100000000000');
    expect(answer).toStartWith('HTTP/1.1 413');
    expect(answer).toContain('{"detail":"The request body is larger than the limit');
  });

  test('chunks without a stated length are counted', async () => {
    const chunk = `${(100_000).toString(16)}\r\n${'A'.repeat(100_000)}\r\n`;
    const answer = await post('Transfer-Encoding: chunked', chunk.repeat(3));
    expect(answer).toStartWith('HTTP/1.1 413');
    expect(answer).toContain('{"detail":"The request body is larger than the limit');
  });

  test('a stated length that is too small cuts the body, which then is no JSON', async () => {
    const answer = await post('Content-Length: 20\r\nConnection: close', good);
    expect(answer).toStartWith('HTTP/1.1 400');
    expect(answer).toContain('{"detail":"The request body is not valid JSON');
  });

  test('a length beside chunks is refused', async () => {
    expect(await post('Content-Length: 5\r\nTransfer-Encoding: chunked', '0\r\n\r\n')).toStartWith('HTTP/1.1 400');
  });

  test('two different lengths are refused', async () => {
    expect(await post('Content-Length: 5\r\nContent-Length: 6', 'hello!')).toStartWith('HTTP/1.1 400');
  });

  test('a client that leaves in the middle of its body leaves nothing behind', async () => {
    const socket = await Bun.connect({ hostname: '127.0.0.1', port: server.port, socket: { data() {} } });
    socket.write('POST /api/generate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{"images":');
    await Bun.sleep(20);
    socket.terminate();
    await Bun.sleep(20);
  });
});

/** Sends bytes as they are and returns the first answer. */
async function rawRequest(request: string): Promise<string> {
  const answer = Promise.withResolvers<string>();
  const socket = await Bun.connect({
    hostname: '127.0.0.1',
    port: server.port,
    socket: {
      data: (_, data) => answer.resolve(data.toString()),
      close: () => answer.resolve('closed without an answer'),
      error: (_, error) => answer.reject(error),
    },
  });
  socket.write(request);
  try {
    return await answer.promise;
  } finally {
    socket.terminate();
  }
}
