import { afterAll, describe, expect, test } from 'bun:test';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { listenTestServer, waitUntil } from '../helpers/listen-test-server.ts';
import { pngOf } from '../helpers/picture-bytes.ts';

/** Where Linux lists the open files of this process; other systems have no such folder. */
const OPEN_FILES = '/proc/self/fd';
const hasOpenFiles = existsSync(OPEN_FILES);

const server = listenTestServer();
afterAll(() => server[Symbol.asyncDispose]());

interface ReceivedEvent {
  id: number;
  event: string;
  data: Record<string, unknown>;
}

async function createJob(): Promise<string> {
  const front = Buffer.from(pngOf(32, 32)).toString('base64');
  const body = JSON.stringify({ images: { front } });
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${server.origin}/api/generate`, { method: 'POST', body, headers });
  return ((await response.json()) as { job_id: string }).job_id;
}

function subscribe(id: string, init: RequestInit = {}, query = ''): Promise<Response> {
  return fetch(`${server.origin}/api/events?job_id=${id}${query}`, init);
}

/** The events of a stream that has ended. */
async function eventsOf(response: Response): Promise<ReceivedEvent[]> {
  const blocks = (await response.text()).split('\n\n').filter((block) => block && !block.startsWith(':'));
  return blocks.map((block) => {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
    return { id: Number(field('id')), event: field('event'), data: JSON.parse(field('data')) };
  });
}

/** Reads until the text so far satisfies the condition; the stream stays open. */
async function readUntil(reader: ReturnType<typeof readerOf>, condition: (text: string) => boolean) {
  let text = '';
  while (!condition(text)) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`the stream ended early after ${JSON.stringify(text)}`);
    text += new TextDecoder().decode(value);
  }
  return text;
}

function readerOf(response: Response) {
  if (!response.body) throw new Error('no body');
  return response.body.getReader();
}

describe('GET /api/events', () => {
  test('sends every event with the body of the status and ends after the terminal one', async () => {
    const id = await createJob();
    const response = await subscribe(id);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(response.headers.get('cache-control')).toBe('no-cache');

    server.jobs.move(id, 'state', { state: 'processing' });
    server.jobs.move(id, 'stage', { stage: 'shape', stageProgress: 0 });
    server.jobs.move(id, 'progress', { progress: 20, stageProgress: 40 });
    server.jobs.move(id, 'warning', { warnings: ['The back is guessed.'] });
    server.jobs.complete(id, new Uint8Array(3));

    const events = await eventsOf(response);
    expect(events.map(({ event }) => event)).toEqual(['state', 'state', 'stage', 'progress', 'warning', 'state']);
    expect(events.map((event) => event.id)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(events[0]?.data).toMatchObject({ job_id: id, status: 'queued', progress: 0 });
    expect(events[3]?.data).toMatchObject({ status: 'processing', progress: 20, stage: 'shape', stage_progress: 40 });
    const status = await (await fetch(`${server.origin}/api/status?job_id=${id}`)).json();
    expect(events[5]?.data).toEqual(status as Record<string, unknown>);
    await waitUntil('the subscription is gone', () => server.jobs.activeSubscriptions === 0);
  });

  test('replays only what came after the last received event', async () => {
    const id = await createJob();
    for (let progress = 1; progress <= 5; progress++) server.jobs.move(id, 'progress', { progress });
    server.jobs.complete(id, new Uint8Array(3));
    const all = await eventsOf(await subscribe(id));
    expect(all.map((event) => event.id)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    const byHeader = await eventsOf(await subscribe(id, { headers: { 'last-event-id': '4' } }));
    expect(byHeader).toEqual(all.slice(4));
    const byQuery = await eventsOf(await subscribe(id, {}, '&last_event_id=6'));
    expect(byQuery).toEqual(all.slice(6));
  });

  test('answers 204 once there is nothing more to come, so that browsers stop asking', async () => {
    const id = await createJob();
    server.jobs.complete(id, new Uint8Array(3));
    const response = await subscribe(id, { headers: { 'last-event-id': '2' } });
    expect(response.status).toBe(204);
    expect(server.jobs.activeSubscriptions).toBe(0);
  });

  test('sends heartbeats while nothing happens', async () => {
    const id = await createJob();
    const reader = readerOf(await subscribe(id));
    await readUntil(reader, (text) => text.split(': heartbeat\n\n').length > 3);
    server.jobs.move(id, 'progress', { progress: 7 });
    await readUntil(reader, (text) => text.includes('"progress":7'));
    await reader.cancel();
    await waitUntil('the subscription is gone', () => server.jobs.activeSubscriptions === 0);
  });

  test('a client that disconnects in the middle leaves no subscription', async () => {
    const id = await createJob();
    const client = new AbortController();
    const reader = readerOf(await subscribe(id, { signal: client.signal }));
    await readUntil(reader, (text) => text.includes('id: 1'));
    expect(server.jobs.activeSubscriptions).toBe(1);
    client.abort();
    await waitUntil('the subscription is gone', () => server.jobs.activeSubscriptions === 0);
    expect(server.jobs.get(id)?.state).toBe('queued');
    expect(server.faults).toEqual([]);
  });

  test.skipIf(!hasOpenFiles)('fifty clients that disconnect leave no subscription and no file handle', async () => {
    const id = await createJob();
    const openFiles = () => readdirSync(OPEN_FILES).length;
    const before = openFiles();
    const clients = Array.from({ length: 50 }, () => new AbortController());
    const responses = await Promise.all(clients.map(({ signal }) => subscribe(id, { signal })));
    expect(server.jobs.activeSubscriptions).toBe(50);
    for (const response of responses) response.body?.cancel().catch(() => {});
    for (const client of clients) client.abort();
    await waitUntil('the subscriptions are gone', () => server.jobs.activeSubscriptions === 0);
    // The pool of fetch may keep some connections for later.
    await waitUntil('the connections are closed', () => openFiles() <= before + 10);
  });

  test('HEAD opens no subscription', async () => {
    const id = await createJob();
    const response = await subscribe(id, { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(server.jobs.activeSubscriptions).toBe(0);
  });

  test('two clients of one job get the same events', async () => {
    const id = await createJob();
    const responses = await Promise.all([subscribe(id), subscribe(id)]);
    server.jobs.move(id, 'state', { state: 'processing' });
    await server.jobs.cancel(id);
    const [first, second] = await Promise.all(responses.map(eventsOf));
    expect(first).toEqual(second as ReceivedEvent[]);
    expect(first?.at(-1)?.data).toMatchObject({ status: 'failed', error_code: 'cancelled' });
  });
});

describe('a download', () => {
  test.skipIf(!hasOpenFiles)('that is broken off leaves no file handle and the file is served again', async () => {
    const id = await createJob();
    const model = new Uint8Array(30_000_000).fill(7);
    server.jobs.complete(id, model);
    const url = `${server.origin}/files/${id}/model.glb`;
    const openModels = () => readdirSync(OPEN_FILES).filter((fd) => linkOf(fd).includes('hy3d-fake-')).length;

    for (let i = 0; i < 5; i++) {
      const client = new AbortController();
      const reader = readerOf(await fetch(url, { signal: client.signal }));
      await reader.read();
      client.abort();
      await reader.cancel().catch(() => {});
    }
    await waitUntil('the files are closed', () => openModels() === 0);
    expect((await (await fetch(url)).arrayBuffer()).byteLength).toBe(model.length);
    expect(server.faults).toEqual([]);
  });
});

function linkOf(fd: string): string {
  try {
    return readlinkSync(`${OPEN_FILES}/${fd}`);
  } catch {
    return '';
  }
}
