import { expect, test } from 'bun:test';
import { createClient, type GenerateRequest, type JobBody } from '../../src/client.ts';
import { EXAMPLE_REQUEST } from '../../src/http/openapi/example-request.ts';
import { listenTestServer } from '../helpers/listen-test-server.ts';

/** Compiles only where the two types are the same. */
function sameType<A, B>(_proof: (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false) {}

test('the typed client makes, follows, lists, fetches and cancels jobs of a real server', async () => {
  await using server = listenTestServer();
  const client = createClient(server.origin);

  expect(await (await client.api.health.$get()).json()).toEqual({ status: 'ok', version: '2.1' });
  const created = await client.api.generate.$post({ json: EXAMPLE_REQUEST });
  expect(created.ok).toBe(true);
  const { job_id } = await created.json();
  sameType<typeof job_id, string>(true);

  server.jobs.complete(job_id, new Uint8Array([1, 2, 3]));
  const status: JobBody = await (await client.api.status.$get({ query: { job_id } })).json();
  sameType<typeof status.status, 'queued' | 'processing' | 'completed' | 'failed'>(true);
  expect(status.model_urls?.glb).toBe(`${server.origin}/files/${job_id}/model.glb`);

  const file = await client.files[':job_id'][':name'].$get({ param: { job_id, name: 'model.glb' } });
  expect(await file.bytes()).toEqual(new Uint8Array([1, 2, 3]));
  const events = await client.api.events.$get({ query: { job_id } });
  expect(await events.text()).toContain('event: state');

  const second = await (await client.api.generate.$post({ json: EXAMPLE_REQUEST })).json();
  const cancelled = await (await client.api.jobs[':id'].$delete({ param: { id: second.job_id } })).json();
  expect(cancelled.error_code).toBe('cancelled');
  const { jobs } = await (await client.api.jobs.$get()).json();
  expect(jobs.map((job) => job.job_id)).toEqual([second.job_id, job_id]);
});

test('headers of the client go with every request', async () => {
  await using server = listenTestServer();
  const client = createClient(server.origin, { headers: { 'Idempotency-Key': 'k' } });
  const answers = await Promise.all([1, 2].map(() => client.api.generate.$post({ json: EXAMPLE_REQUEST })));
  const [first, second] = await Promise.all(answers.map((answer) => answer.json()));
  expect(second?.job_id).toBe(first?.job_id ?? '');
});

test('a refusal keeps its status and its sentence', async () => {
  await using server = listenTestServer();
  const client = createClient(server.origin);
  const refused = await client.api.generate.$post({ json: { images: { front: 'no picture' } } });
  expect(refused.status as number).toBe(400);
  expect(await refused.text()).toContain('images.front');
});

test('what the server refuses for its form does not compile', () => {
  const requests: GenerateRequest[] = [
    // @ts-expect-error: a front is needed
    { images: {} },
    // @ts-expect-error: there is no such option
    { images: { front: '' }, options: { colour: 'red' } },
    // @ts-expect-error: a number
    { images: { front: '' }, options: { seed: '1' } },
  ];
  expect(requests).toHaveLength(3);
});
