import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { JOB_ERROR_CODES } from '../../../../src/errors.ts';
import type { WorkerErrorEvent, WorkerResult } from '../../../../src/protocol/messages.ts';
import {
  classifyWorkerEnd,
  isWorkerDeath,
  type WorkerEndFacts,
} from '../../../../src/worker-process/classify-worker-end.ts';

const result: WorkerResult = {
  type: 'result',
  files: { glb: 'model.glb', preview: 'preview.png', sheet: 'sheet.png', report: 'report.json' },
  timingsMs: {},
  views: {},
  summary: { faces: 1, vertices: 3, watertight: false },
  peakRssBytes: 1,
};
const error: WorkerErrorEvent = { type: 'error', code: 'image.no_object', message: 'There is no object.' };

const clean = { exitCode: 0, signal: null };
const exitedWith = (exitCode: number) => ({ exitCode, signal: null });
const killedBy = (signal: string) => ({ exitCode: null, signal });

const codeOf = (facts: WorkerEndFacts) => {
  const end = classifyWorkerEnd(facts);
  return end.kind === 'failed' ? end.code : 'completed';
};

describe('classifyWorkerEnd', () => {
  test.each<[string, WorkerEndFacts, string]>([
    ['our cancel', { stopReason: 'cancelled', exit: killedBy('SIGTERM') }, 'cancelled'],
    ['our forced kill after a cancel', { stopReason: 'cancelled', exit: killedBy('SIGKILL') }, 'cancelled'],
    ['an exit of its own after our cancel', { stopReason: 'cancelled', exit: clean }, 'cancelled'],
    [
      'an error that our cancel provoked',
      { stopReason: 'cancelled', terminal: error, exit: exitedWith(1) },
      'cancelled',
    ],
    ['a result that came after our cancel', { stopReason: 'cancelled', terminal: result, exit: clean }, 'cancelled'],
    ['the shutdown', { stopReason: 'server_shutdown', exit: killedBy('SIGTERM') }, 'server_shutdown'],
    ['the deadline', { stopReason: 'deadline_exceeded', exit: killedBy('SIGKILL') }, 'deadline_exceeded'],
    ['silence', { stopReason: 'worker.unresponsive', exit: killedBy('SIGKILL') }, 'worker.unresponsive'],
    ['a reported error', { terminal: error, exit: exitedWith(1) }, 'image.no_object'],
    [
      'a reported error before a violation',
      { terminal: error, violation: 'x', exit: killedBy('SIGKILL') },
      'image.no_object',
    ],
    ['a violation', { violation: 'x', exit: killedBy('SIGKILL') }, 'worker.protocol_violation'],
    ['a violation after a result', { terminal: result, violation: 'x', exit: clean }, 'worker.protocol_violation'],
    ['a result', { terminal: result, exit: clean }, 'completed'],
    ['a result of a worker that we had to kill', { terminal: result, exit: killedBy('SIGKILL') }, 'completed'],
    ['SIGKILL of somebody else', { exit: killedBy('SIGKILL') }, 'worker.out_of_memory'],
    ['SIGSEGV', { exit: killedBy('SIGSEGV') }, 'worker.signalled'],
    ['a non-zero exit code', { exit: exitedWith(3) }, 'worker.exited'],
    ['a clean exit without a terminal line', { exit: clean }, 'worker.no_result'],
  ])('names %s', (_what, facts, expected) => {
    expect(codeOf(facts)).toBe(expected);
  });

  test('is total: any facts have a known code, a sentence and no secret of the server', () => {
    const facts = fc.record({
      stopReason: fc.constantFrom(
        undefined,
        'cancelled',
        'server_shutdown',
        'deadline_exceeded',
        'worker.unresponsive',
      ),
      terminal: fc.constantFrom(undefined, result, error),
      violation: fc.constantFrom(undefined, '/secret/path'),
      exit: fc.record({
        exitCode: fc.option(fc.integer({ min: 0, max: 255 })),
        signal: fc.option(fc.constantFrom('SIGKILL', 'SIGABRT', '34')),
      }),
    });
    fc.assert(
      fc.property(facts, (f) => {
        const end = classifyWorkerEnd(f as WorkerEndFacts);
        if (end.kind === 'completed') return;
        expect(JOB_ERROR_CODES).toContain(end.code);
        expect(end.message).toMatch(/^[A-Z].*\.$/);
        expect(end.message).not.toContain('/secret');
      }),
    );
  });

  test('bounds the message of a worker', () => {
    const end = classifyWorkerEnd({ terminal: { ...error, message: 'x'.repeat(100_000) }, exit: clean });
    expect(end.kind === 'failed' && end.message.length).toBe(1000);
  });
});

describe('isWorkerDeath', () => {
  test('speaks against the device only when the process failed, not the job', () => {
    expect(JOB_ERROR_CODES.filter(isWorkerDeath)).toEqual(JOB_ERROR_CODES.filter((code) => code.startsWith('worker.')));
    expect(isWorkerDeath('deadline_exceeded')).toBe(false);
  });
});
