/** Schemas that turn the text of a flag or an environment variable into a value; each message says what was expected. */
import { z } from 'zod';

const BYTE_UNITS: Readonly<Record<string, number>> = { '': 1, kib: 1024, mib: 1024 ** 2, gib: 1024 ** 3 };
const PIXEL_UNITS: Readonly<Record<string, number>> = { '': 1, mp: 1e6 };
const TIME_UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  '': 1000,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

export const text = z.string({ error: 'expected some text' }).trim().min(1, { error: 'expected some text' });

/** `http:` or `https:` URL without query; a trailing slash is dropped. */
export const httpUrl = z.string().transform((raw, context) => {
  const url = URL.canParse(raw) ? new URL(raw) : undefined;
  if (url && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '' && url.username === '') {
    return url.href.replace(/\/+$/, '');
  }
  context.addIssue({ code: 'custom', message: 'expected a URL like https://example.org/hy3d' });
  return z.NEVER;
});

export function wholeNumber(min: number, max: number) {
  return quantity({ '': 1 }, min, max, `expected a whole number from ${min} to ${max}`);
}

/** Whole number of bytes from `48`, `512KiB`, `64MiB` or `1GiB`. */
export function bytes(min: number, max: number) {
  return quantity(BYTE_UNITS, min, max, `expected a size like 64MiB, from ${min} to ${max} bytes`);
}

/** Number of pixels from `40000000` or `40MP`. */
export function pixels(min: number, max: number) {
  return quantity(PIXEL_UNITS, min, max, `expected a number of pixels like 40MP, from ${min} to ${max}`);
}

/** Milliseconds from `90` (seconds), `250ms`, `90s`, `15m`, `24h` or `7d`. */
export function duration(minMs: number, maxMs: number) {
  const message = `expected a time like 90s, 15m, 24h or 7d, from ${minMs / 1000}s to ${maxMs / 1000}s`;
  return quantity(TIME_UNITS_MS, minMs, maxMs, message);
}

export function choice<const T extends readonly [string, ...string[]]>(values: T) {
  return z.enum(values, { error: `expected one of ${values.join(', ')}` });
}

/** `auto`, `none`, or a list of different GPU indices. */
export type GpuSelection = 'auto' | 'none' | readonly number[];

export const gpuSelection = z.string().transform((raw, context): GpuSelection => {
  const value = raw.trim().toLowerCase();
  if (value === 'auto' || value === 'none') return value;
  const parts = value.split(',').map((part) => part.trim());
  const indices = parts.map(Number);
  if (parts.every((part) => /^\d{1,3}$/.test(part)) && new Set(indices).size === indices.length) return indices;
  context.addIssue({ code: 'custom', message: 'expected auto, none, or different GPU indices like 0,2' });
  return z.NEVER;
});

/** So many of something in so many milliseconds. */
export interface Rate {
  count: number;
  perMs: number;
}

/** `60/m` or `10/30s`: a whole number of requests in a time. */
export const rate = z.string().transform((raw, context): Rate => {
  const match = /^(\d{1,6})\s*\/\s*(\d{0,6})\s*(s|m|h|d)$/i.exec(raw.trim());
  const count = Number(match?.[1]);
  const perMs = Number(match?.[2] || 1) * (TIME_UNITS_MS[match?.[3]?.toLowerCase() ?? ''] ?? Number.NaN);
  if (match && count >= 1 && perMs >= 1) return { count, perMs };
  context.addIssue({ code: 'custom', message: 'expected a number in a time like 60/m or 10/30s' });
  return z.NEVER;
});

/** `*`, or a list of different origins as browsers send them. */
export type Origins = '*' | readonly string[];

export const origins = z.string().transform((raw, context): Origins => {
  if (raw.trim() === '*') return '*';
  const parts = raw.split(',').map((part) => part.trim());
  if (parts.every((part) => URL.canParse(part) && new URL(part).origin === part)) return parts;
  context.addIssue({ code: 'custom', message: 'expected * or origins like https://shop.example.org' });
  return z.NEVER;
});

function quantity(units: Readonly<Record<string, number>>, min: number, max: number, message: string) {
  return z.string({ error: message }).transform((raw, context) => {
    const match = /^(\d{1,15}(?:\.\d{1,6})?)\s*([a-z]*)$/i.exec(raw.trim());
    const unit = units[match?.[2]?.toLowerCase() ?? ''];
    const value = match && unit !== undefined ? Number(match[1]) * unit : Number.NaN;
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}
