import { expect, setDefaultTimeout, test } from 'bun:test';
import { EXAMPLE_REQUEST } from '../../src/http/openapi/example-request.ts';
import { WORKER_COMMAND } from '../../src/program-files.ts';
import { createTestApp } from '../helpers/create-test-app.ts';
import { createTestJobService, waitForEnd } from '../helpers/create-test-job-service.ts';

setDefaultTimeout(120_000);

test('the example of the OpenAPI document becomes a model', async () => {
  await using service = createTestJobService({ workerCommand: [...WORKER_COMMAND] });
  const { app } = createTestApp({}, { jobs: service.jobs });
  const response = await app.request('/api/generate', { method: 'POST', body: JSON.stringify(EXAMPLE_REQUEST) });
  const { job_id } = (await response.json()) as { job_id: string };
  const job = await waitForEnd(service.jobs, job_id);
  expect(job.error).toBeUndefined();
  expect(job.summary).toMatchObject({ watertight: true });
  const glb = await (await app.request(`/files/${job_id}/model.glb`)).bytes();
  expect(new TextDecoder().decode(glb.subarray(0, 4))).toBe('glTF');
});
