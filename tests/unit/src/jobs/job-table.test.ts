import { describe, expect, test } from 'bun:test';
import { createJob } from '../../../../src/jobs/job.ts';
import { isJobId } from '../../../../src/jobs/job-id.ts';
import { JobTable } from '../../../../src/jobs/job-table.ts';
import { GenerateOptionsSchema } from '../../../../src/protocol/options.ts';

const options = GenerateOptionsSchema.parse({});
const failed = { type: 'failed', code: 'cancelled', message: 'The job was cancelled.' } as const;

/** A table with jobs that ended at the given times; undefined for a queued one. */
function tableOf(endTimes: Array<number | undefined>, limits: { keepJobs: number; keepForMs: number }) {
  const table = new JobTable({ ...limits, toSnapshot: (job) => job });
  const ids = endTimes.map((endTime) => {
    const id = crypto.randomUUID();
    table.add(createJob(id, options, 0));
    if (endTime !== undefined) table.change(id, failed, endTime);
    return id;
  });
  return { table, ids };
}

describe('JobTable', () => {
  test('removes finished jobs over the count, the longest finished first, and never a queued one', () => {
    const { table, ids } = tableOf([30, undefined, 10, 20], { keepJobs: 2, keepForMs: 1e9 });
    expect(table.removeExpired(100)).toEqual([ids[2]!]);
    expect(table.jobs().map((job) => job.id)).toEqual([ids[0]!, ids[1]!, ids[3]!]);
    expect(table.get(ids[2]!)).toBeUndefined();
  });

  test('removes finished jobs over the age', () => {
    const { table, ids } = tableOf([0, 50, undefined], { keepJobs: 9, keepForMs: 100 });
    expect(table.removeExpired(100)).toEqual([]);
    expect(table.removeExpired(101)).toEqual([ids[0]!]);
    expect(table.removeExpired(1e9)).toEqual([ids[1]!]);
  });

  test('keeps a renewed job as if it had just finished', () => {
    const { table, ids } = tableOf([10, 20, 30], { keepJobs: 2, keepForMs: 100 });
    table.renew(ids[0]!, 90);
    expect(table.removeExpired(100)).toEqual([ids[1]!]);
    expect(table.removeExpired(131)).toEqual([ids[2]!]);
    expect(table.removeExpired(190)).toEqual([]);
    expect(table.removeExpired(191)).toEqual([ids[0]!]);
  });

  test('does nothing for a job that it does not know', () => {
    const { table } = tableOf([], { keepJobs: 1, keepForMs: 1 });
    table.change(crypto.randomUUID(), failed, 0);
    expect(table.jobs()).toEqual([]);
  });
});

describe('isJobId', () => {
  test('takes what crypto.randomUUID makes', () => {
    for (let i = 0; i < 50; i++) expect(isJobId(crypto.randomUUID())).toBe(true);
  });

  test.each([
    '',
    '..',
    '../../etc/passwd',
    '__proto__',
    'constructor',
    '6F9619FF-8B86-4D01-B42D-00CF4FC964FF',
    '6f9619ff-8b86-1d01-b42d-00cf4fc964ff',
    '6f9619ff8b864d01b42d00cf4fc964ff',
    '6f9619ff-8b86-4d01-b42d-00cf4fc964ff\n',
    '6f9619ff-8b86-4d01-b42d-00cf4fc964ff/..',
  ])('refuses %p', (text) => {
    expect(isJobId(text)).toBe(false);
  });
});
