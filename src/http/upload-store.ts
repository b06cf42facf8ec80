import { randomUUID } from 'node:crypto';
import type { UploadedImage } from '../jobs/job-service.ts';

interface Upload {
  scope: string;
  image: UploadedImage;
  expiresAt: number;
}

export interface UploadBounds {
  /** Of all uploads together; the oldest make room for a new one. */
  maxBytes: number;
  maxAgeMs: number;
}

/** Pictures that were sent ahead of their requests, in memory. */
export class UploadStore {
  readonly #bounds: UploadBounds;
  readonly #now: () => number;
  /** Oldest first. */
  readonly #uploads = new Map<string, Upload>();
  #sizeBytes = 0;

  constructor(bounds: UploadBounds, now: () => number = Date.now) {
    this.#bounds = bounds;
    this.#now = now;
  }

  /** @param scope whose requests may use the picture */
  add(scope: string, image: UploadedImage): { id: string; expiresAt: number } {
    const id = randomUUID();
    const expiresAt = this.#now() + this.#bounds.maxAgeMs;
    this.#uploads.set(id, { scope, image, expiresAt });
    this.#sizeBytes += image.bytes.length;
    for (const [oldest, upload] of this.#uploads) {
      if (this.#sizeBytes <= this.#bounds.maxBytes && upload.expiresAt > this.#now()) break;
      this.#uploads.delete(oldest);
      this.#sizeBytes -= upload.image.bytes.length;
    }
    return { id, expiresAt };
  }

  get(scope: string, id: string): UploadedImage | undefined {
    const upload = this.#uploads.get(id);
    return upload?.scope === scope && upload.expiresAt > this.#now() ? upload.image : undefined;
  }
}
