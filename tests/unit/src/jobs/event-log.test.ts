import { describe, expect, test } from 'bun:test';
import { EventLog } from '../../../../src/jobs/event-log.ts';
import type { JobEvent, JobSnapshot, JobState } from '../../../../src/jobs/job-service.ts';
import { GenerateOptionsSchema } from '../../../../src/protocol/options.ts';

const options = GenerateOptionsSchema.parse({});
const snapshot = (state: JobState, progress = 0): JobSnapshot => ({
  id: 'id',
  state,
  progress,
  createdAt: 0,
  timingsMs: {},
  warnings: [],
  views: {},
  options,
});
const forEver = () => new AbortController().signal;
const show = (event: JobEvent) => `${event.id} ${event.type} ${event.job.state} ${event.job.progress}`;

async function readAll(log: EventLog, afterEventId = 0): Promise<string[]> {
  const events: string[] = [];
  for await (const event of log.read(afterEventId, forEver())) events.push(show(event));
  return events;
}

function logOf(...entries: Array<[JobEvent['type'], JobState, number?]>): EventLog {
  const log = new EventLog(4);
  for (const [type, state, progress] of entries) log.append(type, snapshot(state, progress));
  return log;
}

describe('EventLog', () => {
  test('replays everything to a late reader and ends after the terminal event', async () => {
    const log = logOf(['state', 'queued'], ['state', 'processing'], ['state', 'completed', 100]);
    expect(await readAll(log)).toEqual(['1 state queued 0', '2 state processing 0', '3 state completed 100']);
  });

  test('replays only what came after the last seen event', async () => {
    const log = logOf(['state', 'queued'], ['state', 'processing'], ['state', 'failed']);
    expect(await readAll(log, 2)).toEqual(['3 state failed 0']);
    expect(await readAll(log, 3)).toEqual([]);
    expect(await readAll(log, 1e9)).toEqual([]);
    expect(await readAll(log, -5)).toHaveLength(3);
  });

  test('lets several readers follow, each from its own place', async () => {
    const log = logOf(['state', 'queued']);
    const readers = [readAll(log), readAll(log, 1), readAll(log, 99)];
    await Promise.resolve();
    log.append('state', snapshot('processing'));
    log.append('state', snapshot('completed', 100));
    expect((await Promise.all(readers)).map((events) => events.length)).toEqual([3, 2, 2]);
    expect(log.readers).toBe(0);
  });

  test('drops progress first for a slow reader, then stages and warnings, and states never', async () => {
    const log = new EventLog(4);
    const reader = log.read(0, forEver());
    log.append('state', snapshot('queued'));
    expect(show((await reader.next()).value as JobEvent)).toBe('1 state queued 0');
    log.append('state', snapshot('processing'));
    log.append('stage', snapshot('processing'));
    for (let percent = 1; percent <= 50; percent++) log.append('progress', snapshot('processing', percent));
    log.append('warning', snapshot('processing', 50));
    log.append('state', snapshot('completed', 100));
    const rest: string[] = [];
    for await (const event of reader) rest.push(show(event));
    expect(rest).toEqual(['2 state processing 0', '54 warning processing 50', '55 state completed 100']);
  });

  test('keeps only the last place in the queue, and tells each place once', async () => {
    const log = new EventLog();
    const place = (queuePosition: number) => ({ ...snapshot('queued'), queuePosition });
    log.append('state', place(3));
    for (const position of [3, 2, 2, 1]) log.appendMove(place(position));
    log.append('state', snapshot('failed'));
    expect(await readAll(log)).toEqual(['1 state queued 0', '3 progress queued 0', '4 state failed 0']);
  });

  test('ignores what comes after the terminal event', async () => {
    const log = logOf(['state', 'failed'], ['progress', 'processing'], ['state', 'completed']);
    expect(await readAll(log)).toEqual(['1 state failed 0']);
  });

  test('lets a reader go when its signal aborts, and keeps nothing of it', async () => {
    const log = logOf(['state', 'queued']);
    const controller = new AbortController();
    const reader = log.read(1, controller.signal);
    const waiting = reader.next();
    await Promise.resolve();
    expect(log.readers).toBe(1);
    controller.abort();
    expect((await waiting).done).toBe(true);
    expect(log.readers).toBe(0);
  });
});
