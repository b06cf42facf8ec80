import { VIEW_NAMES } from '../protocol/views.ts';
import type { JobInput } from './job-service.ts';

/**
 * SHA-256 of what a job is made of, in hex: the bytes of its pictures and its options. Equal for requests that mean
 * the same in other words, such as other white space in the body. Hashed outside the main thread.
 */
export async function fingerprintInput({ images, options }: Pick<JobInput, 'images' | 'options'>): Promise<string> {
  const views = await Promise.all(VIEW_NAMES.map((name) => images[name] && sha256(images[name].bytes)));
  return sha256(new TextEncoder().encode(JSON.stringify([views, options])));
}

async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return Buffer.from(digest).toString('hex');
}
