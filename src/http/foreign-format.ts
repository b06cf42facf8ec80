/** First bytes of files that people send by mistake or on purpose, as Latin-1 text. */
const BINARY_SIGNATURES: ReadonlyArray<readonly [string, string]> = [
  ['%PDF', 'a PDF'],
  ['PK\x03\x04', 'a ZIP archive'],
  ['PK\x05\x06', 'a ZIP archive'],
  ['\x1f\x8b', 'gzip data'],
  ['glTF', 'a GLB model'],
  ['8BPS', 'a Photoshop file'],
  ['\0\0\x01\0', 'an icon'],
  ['\xff\x0a', 'a JPEG XL picture'],
  ['\0\0\0\x0cJXL ', 'a JPEG XL picture'],
  ['\x7fELF', 'a program'],
  ['MZ', 'a program'],
  ['BM', 'a BMP picture'],
];

const TEXT_SIGNATURES: ReadonlyArray<readonly [RegExp, string]> = [
  [/<svg[\s/>]/i, 'an SVG drawing'],
  [/^\s*(?:<!doctype html|<html|<script)/i, 'an HTML page'],
  [/^\s*<\?xml/, 'an XML document'],
  [/^....ftyp(?:hei[cxms]|mif1|msf1)/s, 'a HEIC picture'],
  [/^....ftyp/s, 'a video'],
];

/** What bytes that are no accepted picture look like, in words, for the message of a refusal. */
export function describeForeignFormat(bytes: Uint8Array): string {
  const latin1 = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 1024)).toString('latin1');
  const start = latin1.startsWith('\xef\xbb\xbf') ? latin1.slice(3) : latin1;
  const known =
    BINARY_SIGNATURES.find(([signature]) => start.startsWith(signature)) ??
    TEXT_SIGNATURES.find(([pattern]) => pattern.test(start));
  return known ? known[1] : 'bytes of another kind';
}
