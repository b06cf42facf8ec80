/** The endpoint for agents, through the SDK's own client on a real socket. */
import { describe, expect, test } from 'bun:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { CallToolResult, Progress } from '@modelcontextprotocol/sdk/types.js';
import { EXAMPLE_REQUEST } from '../../src/http/openapi/example-request.ts';
import { listenTestServer, type TestServer, waitUntil } from '../helpers/listen-test-server.ts';

const { images } = EXAMPLE_REQUEST;
const GLB = new Uint8Array([103, 108, 84, 70]);

async function connect(server: TestServer) {
  const client = new Client({ name: 'test', version: '1' });
  // The transport of the SDK is not typed for exact optional properties.
  const transport = new StreamableHTTPClientTransport(new URL('/mcp', server.origin)) as unknown;
  await client.connect(transport as Parameters<Client['connect']>[0]);
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() });
}

async function call(client: Client, name: string, args: object, onprogress?: (progress: Progress) => void) {
  const request = { name, arguments: { ...args } };
  return (await client.callTool(request, undefined, onprogress && { onprogress })) as CallToolResult;
}

function jobIdOf(result: CallToolResult): string {
  return String(result.structuredContent?.job_id);
}

describe('an agent', () => {
  test('finds tools whose schemas are those of the API', async () => {
    await using server = listenTestServer();
    await using client = await connect(server);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name).sort()).toEqual(['cancel_job', 'generate_model', 'get_job', 'get_preview']);
    const generate = tools.find(({ name }) => name === 'generate_model');
    expect(generate?.inputSchema.required).toEqual(['images']);
    expect(generate?.inputSchema.properties).toHaveProperty('options.properties.face_count.maximum', 500_000);
  });

  test('generates a model, is told of the progress, and gets its preview and its files', async () => {
    await using server = listenTestServer();
    await using client = await connect(server);
    const told: Progress[] = [];
    const generated = call(client, 'generate_model', { images, options: { seed: 7 }, wait: true }, (progress) => {
      told.push(progress);
    });
    await waitUntil('the job is followed', () => server.jobs.activeSubscriptions === 1);
    const id = server.jobs.list()[0]?.id ?? '';
    expect(server.jobs.inputs[0]?.options.seed).toBe(7);
    server.jobs.move(id, 'progress', { state: 'processing', stage: 'shape', progress: 25 });
    server.jobs.move(id, 'progress', { progress: 25 });
    server.jobs.complete(id, GLB);

    const result = await generated;
    expect(result.structuredContent).toMatchObject({ job_id: id, status: 'completed', progress: 100 });
    expect(told.map(({ progress, message }) => [progress, message])).toEqual([
      [0, 'queued'],
      [25, 'shape'],
      [100, 'completed'],
    ]);
    const uri = `hy3d://jobs/${id}/model.glb`;
    expect(result.content).toContainEqual(expect.objectContaining({ type: 'resource_link', uri }));

    const preview = await call(client, 'get_preview', { job_id: id });
    expect(preview.content).toEqual([{ type: 'image', data: btoa('{}'), mimeType: 'image/png' }]);
    const { contents } = await client.readResource({ uri });
    expect(contents).toEqual([{ uri, mimeType: 'model/gltf-binary', blob: GLB.toBase64() }]);
    const { resources } = await client.listResources();
    expect(resources.map((resource) => resource.name)).toEqual([
      'model.glb',
      'preview.png',
      'sheet.png',
      'report.json',
    ]);
  });

  test('follows a job that it did not wait for, and cancels it', async () => {
    await using server = listenTestServer();
    await using client = await connect(server);
    const id = jobIdOf(await call(client, 'generate_model', { images }));
    expect((await call(client, 'get_job', { job_id: id })).structuredContent).toMatchObject({ status: 'queued' });
    const waiting = call(client, 'get_job', { job_id: id, wait: true });
    await waitUntil('the job is followed', () => server.jobs.activeSubscriptions === 1);
    expect((await call(client, 'cancel_job', { job_id: id })).structuredContent).toMatchObject({ status: 'failed' });
    expect((await waiting).structuredContent).toMatchObject({ error_code: 'cancelled' });
  });

  test('names a picture that was sent ahead', async () => {
    await using server = listenTestServer();
    await using client = await connect(server);
    const body = Uint8Array.fromBase64(images.front);
    const sent = await fetch(`${server.origin}/api/uploads`, { method: 'POST', body });
    const { image } = (await sent.json()) as { image: string };
    jobIdOf(await call(client, 'generate_model', { images: { front: image } }));
    expect(server.jobs.inputs[0]?.images.front.bytes).toEqual(body);
  });

  test('reads in a result what was wrong with its call', async () => {
    await using server = listenTestServer();
    await using client = await connect(server);
    const textOf = async (name: string, args: object) => {
      const { isError, content } = await call(client, name, args);
      expect(isError).toBe(true);
      return JSON.stringify(content);
    };
    expect(await textOf('generate_model', { images: { front: 'no picture' } })).toContain('images.front');
    expect(await textOf('generate_model', { images, options: { seed: -1 } })).toContain('from 0 to 4294967295');
    expect(await textOf('get_job', { job_id: 'x' })).toContain('There is no job with this id');
    const id = jobIdOf(await call(client, 'generate_model', { images }));
    expect(await textOf('get_preview', { job_id: id })).toContain('not finished');
    expect(server.faults).toEqual([]);
  });

  test('learns nothing of a fault of ours but that there is one', async () => {
    await using server = listenTestServer();
    await using client = await connect(server);
    server.jobs.refusal = new Error('/secret/path');
    const result = await call(client, 'generate_model', { images });
    expect(result.isError).toBe(true);
    expect(JSON.stringify(result)).not.toContain('secret');
    expect(server.faults).toEqual([server.jobs.refusal]);
  });

  test('that goes away leaves nothing behind', async () => {
    await using server = listenTestServer();
    const client = await connect(server);
    const waiting = call(client, 'generate_model', { images, wait: true });
    await waitUntil('the job is followed', () => server.jobs.activeSubscriptions === 1);
    await client.close();
    await expect(waiting).rejects.toThrow();
    await waitUntil('nobody follows the job', () => server.jobs.activeSubscriptions === 0);
    expect(server.jobs.list()[0]?.state).toBe('queued');
  });
});

test('a page of another site is refused, a body of no JSON too', async () => {
  await using server = listenTestServer();
  const post = (body: string, headers: Record<string, string>) =>
    fetch(`${server.origin}/mcp`, { method: 'POST', body, headers });
  const foreign = await post('{}', { origin: 'https://evil.example' });
  expect([foreign.status, await foreign.json()]).toEqual([403, { detail: expect.stringContaining('Origin') }]);
  expect((await post('{', {})).status).toBe(400);
});
