import { expect, test } from 'bun:test';
import { Hono } from 'hono';
import { createLinksOf, type JobLinks } from '../../../../src/http/job-links.ts';

async function linksFor(publicUrl?: string, issueToken?: (jobId: string) => string): Promise<JobLinks> {
  let links: JobLinks | undefined;
  const app = new Hono().get('*', (context) => {
    links = createLinksOf(publicUrl, issueToken)(context);
    return context.body(null);
  });
  await app.request('http://inside:7860/api/status');
  if (links === undefined) throw new Error('no links were made');
  return links;
}

test('links start with the origin of the request, or with the public URL where it is set', async () => {
  expect((await linksFor()).file('id', 'a b.glb')).toBe('http://inside:7860/files/id/a%20b.glb');
  expect((await linksFor('https://h/3d')).file('id', 'model.glb')).toBe('https://h/3d/files/id/model.glb');
  expect((await linksFor()).events).toBeUndefined();
});

test('with keys they carry the token of their job', async () => {
  const links = await linksFor('https://h', (jobId) => `token-of-${jobId}`);
  expect(links.file('id', 'model.glb')).toBe('https://h/files/id/model.glb?token=token-of-id');
  expect(links.events?.('id')).toBe('https://h/api/events?job_id=id&token=token-of-id');
});
