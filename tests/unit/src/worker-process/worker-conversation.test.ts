import { describe, expect, test } from 'bun:test';
import type { DecodedLine } from '../../../../src/protocol/ndjson.ts';
import { WorkerConversation } from '../../../../src/worker-process/worker-conversation.ts';

const message = (value: Record<string, unknown>): DecodedLine => ({ kind: 'message', value });
const hello = message({ type: 'hello', protocol: 1, version: '1', pid: 1, visibleDevices: '' });
const heartbeat = message({ type: 'heartbeat', rssBytes: 1 });
const ready = message({ type: 'ready', rssBytes: 1 });
const error = message({ type: 'error', code: 'image.no_object', message: 'There is no object.' });
const result = message({
  type: 'result',
  files: { glb: 'a', preview: 'b', sheet: 'c', report: 'd' },
  timingsMs: {},
  views: {},
  summary: { faces: 1, vertices: 3, watertight: true },
  peakRssBytes: 1,
});
const noise: DecodedLine = { kind: 'noise', text: 'x', sizeBytes: 1 };
const overlong: DecodedLine = { kind: 'overlong', sizeBytes: 9_999_999 };

/** What each line of a conversation is taken for. */
function read(...lines: DecodedLine[]): string[] {
  const conversation = new WorkerConversation();
  return lines.map((line) => {
    const reading = conversation.read(line);
    if (reading.kind === 'event') return reading.event.type;
    return reading.kind === 'violation' ? `violation: ${reading.message}` : reading.kind;
  });
}

describe('WorkerConversation', () => {
  test('follows hello, events and one terminal line, with noise anywhere', () => {
    expect(read(noise, hello, noise, heartbeat, result, noise)).toEqual([
      'noise',
      'hello',
      'noise',
      'heartbeat',
      'result',
      'noise',
    ]);
  });

  test('ignores heartbeats that were on their way when the terminal line was sent', () => {
    expect(read(hello, error, heartbeat, heartbeat)).toEqual(['hello', 'error', 'late', 'late']);
  });

  test('opens again with ready, and not before the end of a job', () => {
    expect(read(hello, ready, heartbeat, result, heartbeat, ready, heartbeat, error)).toEqual([
      'hello',
      'ready',
      'heartbeat',
      'result',
      'late',
      'ready',
      'heartbeat',
      'error',
    ]);
    expect(read(ready)[0]).toContain('"ready" where hello was expected first');
    expect(read(hello, result, ready, result, result).at(-1)).toContain('a second terminal line');
  });

  test.each([
    ['anything before hello', [heartbeat], '"heartbeat" where hello was expected first'],
    ['a second hello', [hello, hello], 'a second hello'],
    [
      'another version',
      [message({ type: 'hello', protocol: 2, version: '1', pid: 1, visibleDevices: '' })],
      'protocol 2 where 1',
    ],
    ['a second result', [hello, result, result], 'a second terminal line, "result"'],
    ['an error after a result', [hello, result, error], 'a second terminal line, "error"'],
    ['an over-long message', [hello, overlong], '9999999 bytes'],
    ['an unknown type', [hello, message({ type: 'dance' })], 'wrong form'],
    ['a field of the wrong type', [hello, message({ type: 'heartbeat', rssBytes: 'much' })], 'rssBytes'],
    ['a message of the wrong form after the end', [hello, result, message({})], 'wrong form'],
  ])('calls %s a violation', (_what, lines, expected) => {
    expect(read(...lines).at(-1)).toStartWith('violation: ');
    expect(read(...lines).at(-1)).toContain(expected);
  });

  test('keeps the first terminal line and takes everything after a violation for late', () => {
    const conversation = new WorkerConversation();
    for (const line of [hello, error, result, result, hello, overlong]) conversation.read(line);
    expect(conversation.terminal?.type).toBe('error');
    expect(read(heartbeat, hello, result, overlong).slice(1)).toEqual(['late', 'late', 'late']);
  });
});
