import { expect, test } from 'bun:test';
import { createTestApp, type TestApp } from '../helpers/create-test-app.ts';
import { pngOf } from '../helpers/picture-bytes.ts';

function upload({ app }: TestApp, body: string | Uint8Array) {
  return app.request('/api/uploads', { method: 'POST', body: Buffer.from(body) });
}

function generate({ app }: TestApp, images: object) {
  return app.request('/api/generate', { method: 'POST', body: JSON.stringify({ images }) });
}

test('a picture that was sent ahead stands in several requests, beside others', async () => {
  const testApp = createTestApp();
  const picture = pngOf(32, 24);
  const response = await upload(testApp, picture);
  expect(response.status).toBe(200);
  const { image, expires_at } = (await response.json()) as { image: string; expires_at: string };
  expect(image).toMatch(/^upload:[0-9a-f-]{36}$/);
  expect(Date.parse(expires_at)).toBeGreaterThan(Date.now());
  for (const back of [image, Buffer.from(pngOf(16, 16)).toString('base64')]) {
    expect((await generate(testApp, { front: image, back })).status).toBe(200);
  }
  const fronts = testApp.jobs.inputs.map(({ images }) => images.front);
  expect(fronts.map(({ bytes, format }) => [Buffer.from(bytes), format])).toEqual([
    [Buffer.from(picture), 'png'],
    [Buffer.from(picture), 'png'],
  ]);
});

test('what is no picture is refused when it is sent ahead, and so is a name that stands for nothing', async () => {
  const testApp = createTestApp();
  for (const body of ['', '<svg/>', new Uint8Array(300 * 1024)]) {
    expect([400, 413]).toContain((await upload(testApp, body)).status);
  }
  const refused = await generate(testApp, { front: `upload:${crypto.randomUUID()}` });
  expect(refused.status).toBe(400);
  expect(await refused.json()).toEqual({ detail: expect.stringMatching(/^images\.front: there is no such upload/) });
});
