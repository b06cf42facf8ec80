import { describe, expect, test } from 'bun:test';
import { AppError } from '../../../../src/errors.ts';
import type { JobInput } from '../../../../src/jobs/job-service.ts';
import { RepeatedRequests } from '../../../../src/jobs/repeated-requests.ts';
import { jobInput } from '../../../helpers/create-test-job-service.ts';
import { FakeJobService } from '../../../helpers/fake-job-service.ts';

const BOUNDS = { maxEntries: 3, maxAgeMs: 1000 };
const SHARED = { cache: true };

function setUp(bounds = BOUNDS) {
  const clock = { ms: 0 };
  const service = new FakeJobService();
  const repeated = new RepeatedRequests(bounds, () => clock.ms);
  const of = (scope: string) => ({
    scope,
    create: (input: JobInput) => service.create(input),
    get: (id: string) => service.get(id),
    renew: (id: string) => service.renew(id),
  });
  return { clock, service, repeated, of, jobs: of('') };
}

describe('an idempotency key', () => {
  test('gives the first job and its answer again', async () => {
    const { repeated, jobs, service } = setUp();
    const first = await repeated.create(jobs, jobInput('a'), { key: 'k' });
    service.move(first.id, 'state', { state: 'processing' });
    expect(await repeated.create(jobs, jobInput('a'), { key: 'k' })).toEqual({ ...first, isReplay: true });
    expect(first.isReplay).toBe(false);
    expect(service.inputs).toHaveLength(1);
  });

  test('makes one job of simultaneous requests', async () => {
    const { repeated, jobs, service } = setUp();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => repeated.create(jobs, jobInput('a'), { key: 'k' })),
    );
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    expect(answers.filter(({ isReplay }) => !isReplay)).toHaveLength(1);
    expect(service.inputs).toHaveLength(1);
  });

  test('is refused with other pictures, other options or another of what besides must be equal', async () => {
    const { repeated, jobs } = setUp();
    await repeated.create(jobs, jobInput('a', { seed: 1 }), { key: 'k', besides: { url: 'x' } });
    const others = [
      [jobInput('b', { seed: 1 }), { url: 'x' }],
      [jobInput('a', { seed: 2 }), { url: 'x' }],
      [jobInput('a', { seed: 1 }), { url: 'y' }],
      [jobInput('a', { seed: 1 }), undefined],
    ] as const;
    for (const [input, besides] of others) {
      const refused = repeated.create(jobs, input, { key: 'k', besides });
      await expect(refused).rejects.toMatchObject({ code: 'request.key_reused' });
    }
  });

  test('means nothing to a client that sees other jobs', async () => {
    const { repeated, of } = setUp();
    const mine = await repeated.create(of('me'), jobInput('a'), { key: 'k' });
    const yours = await repeated.create(of('you'), jobInput('b'), { key: 'k' });
    expect(yours.id).not.toBe(mine.id);
  });

  test('is free again after a refusal, for all that waited for it', async () => {
    const { repeated, jobs, service } = setUp();
    service.refusal = new AppError('queue.full', 'full');
    const refused = await Promise.allSettled([1, 2].map(() => repeated.create(jobs, jobInput('a'), { key: 'k' })));
    expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    service.refusal = undefined;
    expect((await repeated.create(jobs, jobInput('b'), { key: 'k' })).isReplay).toBe(false);
  });

  test('is forgotten with its job, after its time, and when many others came', async () => {
    const { repeated, jobs, service, clock } = setUp();
    const create = async (key: string) => (await repeated.create(jobs, jobInput('a'), { key })).id;
    const gone = await create('k1');
    service.forget(gone);
    const again = await Promise.all([create('k1'), create('k1')]);
    expect(again[0]).toBe(again[1] ?? '');
    expect(again[0]).not.toBe(gone);
    clock.ms = 1000;
    const late = await create('k1');
    expect(again).not.toContain(late);
    for (const key of ['k2', 'k3']) await create(key);
    expect(await create('k1')).toBe(late);
    await create('k4');
    expect(await create('k1')).not.toBe(late);
  });
});

describe('the option cache', () => {
  test('answers with the completed job of an equal request and keeps it for longer', async () => {
    const { repeated, jobs, service } = setUp();
    const first = await repeated.create(jobs, jobInput('a', SHARED));
    expect(first.state).toBe('queued');
    service.complete(first.id, new Uint8Array(1));
    const second = await repeated.create(jobs, jobInput('a', SHARED));
    expect(second).toEqual({ id: first.id, state: 'completed', isReplay: false });
    expect(service.renewed).toEqual([first.id]);
  });

  test('never answers with a job that is under way, has failed or is gone', async () => {
    const { repeated, jobs, service } = setUp();
    const first = await repeated.create(jobs, jobInput('a', SHARED));
    const second = await repeated.create(jobs, jobInput('a', SHARED));
    expect(second.id).not.toBe(first.id);
    await service.cancel(first.id);
    const third = await repeated.create(jobs, jobInput('a', SHARED));
    service.complete(third.id, new Uint8Array(1));
    expect((await repeated.create(jobs, jobInput('a', SHARED))).id).toBe(third.id);
    service.forget(third.id);
    expect((await repeated.create(jobs, jobInput('a', SHARED))).state).toBe('queued');
  });

  test('tells pictures, views, options and clients apart, and is only for those who ask for it', async () => {
    const { repeated, of, service } = setUp();
    const front = jobInput('a', SHARED).images.front;
    const inputs = [
      jobInput('a'),
      jobInput('a', SHARED),
      jobInput('b', SHARED),
      jobInput('a', { ...SHARED, seed: 0 }),
      { ...jobInput('a', SHARED), images: { front, left: front } },
      { ...jobInput('a', SHARED), images: { front, right: front } },
    ];
    for (const scope of ['me', 'you'])
      for (const input of inputs) {
        const { id, state } = await repeated.create(of(scope), input);
        expect(state).toBe('queued');
        service.complete(id, new Uint8Array(1));
      }
  });

  test('goes together with an idempotency key', async () => {
    const { repeated, jobs, service } = setUp();
    const first = await repeated.create(jobs, jobInput('a', SHARED), { key: 'k1' });
    service.complete(first.id, new Uint8Array(1));
    const second = await repeated.create(jobs, jobInput('a', SHARED), { key: 'k2' });
    expect(second).toEqual({ id: first.id, state: 'completed', isReplay: false });
    expect(await repeated.create(jobs, jobInput('a', SHARED), { key: 'k1' })).toEqual({ ...first, isReplay: true });
  });
});
