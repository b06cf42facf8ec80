import { BEHAVIOURS, type Behaviour } from './behaviours.ts';
import { MAX_BODY_BYTES } from './chaos-server.ts';
import { bodyOf } from './ledger.ts';
import type { Random } from './random.ts';

export interface MadeUpRequest {
  /** What it is, for messages. */
  kind: string;
  body: string | Uint8Array;
  headers?: Record<string, string>;
  /** Statuses that are right; a job is made only by a good one. */
  statuses: readonly number[];
}

const GOOD = [200];
const BAD = [400];
const JUNK_VALUES = [
  'null',
  '-1',
  '1e999',
  '0.5',
  '""',
  '[]',
  '{}',
  'true',
  '"\\u0000"',
  '"../../etc/passwd"',
  '[[[[]]]]',
];
const OPTIONS = ['engine', 'seed', 'face_count', 'texture_size', 'octree_resolution', 'formats', 'size', 'enable_pbr'];
const PATHS = [
  '../../../etc/passwd',
  '/etc/passwd',
  'file:///etc/passwd',
  'http://127.0.0.1/',
  '<svg onload=alert(1)>',
];

/** A request to `POST /api/generate`: one in three good, the others hostile, each in another way. */
export function makeUpRequest(random: Random): MadeUpRequest {
  if (random.below(3) === 0) {
    const behaviour: Behaviour = random.pick(BEHAVIOURS.filter((name) => name === 'quick' || name === 'slow'));
    return { kind: `good ${behaviour}`, body: JSON.stringify(bodyOf(behaviour)), statuses: GOOD };
  }
  return random.pick(HOSTILE)(random);
}

const HOSTILE: ReadonlyArray<(random: Random) => MadeUpRequest> = [
  (random) => {
    const text = JSON.stringify(bodyOf('quick'));
    return { kind: 'cut off', body: text.slice(0, random.below(text.length)), statuses: BAD };
  },
  (random) => ({ kind: 'noise', body: noise(random, 1 + random.below(5_000)), statuses: BAD }),
  (random) => ({ kind: 'deep', body: random.pick(['[', '{"a":']).repeat(1 + random.below(20_000)), statuses: BAD }),
  (random) => ({ kind: 'too large', body: ' '.repeat(MAX_BODY_BYTES + 1 + random.below(9)), statuses: [413] }),
  (random) => {
    const front = Buffer.from(noise(random, 1 + random.below(2_000))).toString('base64');
    return { kind: 'no picture', body: JSON.stringify({ images: { front } }), statuses: BAD };
  },
  (random) => ({ kind: 'a path', body: JSON.stringify({ images: { front: random.pick(PATHS) } }), statuses: BAD }),
  (random) => {
    const { images } = bodyOf('quick');
    const view = random.pick(['top', '__proto__', 'constructor', '..', 'front\u0000']);
    const body = JSON.stringify({ images }).replace('}}', `,${JSON.stringify(view)}:"${images.front}"}}`);
    return { kind: 'an unknown view', body, statuses: BAD };
  },
  (random) => {
    const value = `{"front":${random.pick(JUNK_VALUES)}}`;
    return { kind: 'junk as picture', body: `{"images":${random.pick([value, ...JUNK_VALUES])}}`, statuses: BAD };
  },
  (random) => {
    const { images } = bodyOf('quick');
    const option = JSON.stringify(random.pick(OPTIONS));
    const body = `{"images":${JSON.stringify(images)},"options":{${option}:${random.pick(JUNK_VALUES)}}}`;
    // Some values suit some options.
    return { kind: 'junk as option', body, statuses: [200, 400] };
  },
  () => ({ kind: 'twice', body: '{"images":{},"images":{}}', statuses: BAD }),
  (random) => ({
    kind: 'another type',
    body: JSON.stringify(bodyOf('quick')),
    headers: { 'content-type': random.pick(['text/xml', 'multipart/form-data', 'image/png', 'application/jsonp']) },
    statuses: [415],
  }),
  (random) => ({
    kind: 'compressed',
    body: JSON.stringify(bodyOf('quick')),
    headers: { 'content-type': 'application/json', 'content-encoding': random.pick(['gzip', 'br', 'x']) },
    statuses: [415],
  }),
];

function noise(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.below(256));
}
