import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { ChaosServer } from './chaos-server.ts';
import { Ledger } from './ledger.ts';
import type { Random } from './random.ts';
import type { Scenario } from './scenario.ts';

const POLLS_AT_A_TIME = 50;

/** Crowds of clients during jobs: polls and event streams, and connections that crawl, break off or stay silent. */
export const crowdClients: Scenario = async ({ random, form, mode }) => {
  await using server = await ChaosServer.start({ mode });
  const ledger = new Ledger(server);
  const isShort = form === 'short';
  const jobs = isShort ? 12 : 40;
  const streams = isShort ? 60 : 200;
  const polls = isShort ? 300 : 1_000;
  const broken = isShort ? 30 : 200;
  for (let nth = 0; nth < jobs; nth += 1) await ledger.post('slow');
  const ids = ledger.ids();

  const followed = Array.from({ length: streams }, async (_, nth) => {
    const events = await ledger.client.events(ids[nth % ids.length] ?? '');
    assert.equal(events.at(-1)?.status.status, 'completed', 'a stream ended before its job');
    const counts = events.map((event) => event.id);
    assert.deepEqual(
      counts,
      [...new Set(counts)].sort((a, b) => a - b),
      'events came twice or out of order',
    );
  });
  const rude = Array.from({ length: broken }, () => breakOff(server.url, ids, random));
  let answered = 0;
  while (answered < polls) {
    // One question per job at a time: only answers that follow each other have an order.
    const batch = ids.slice(0, POLLS_AT_A_TIME).map((id) => ledger.client.status(id));
    for (const status of await Promise.all(batch)) ledger.observe(status);
    answered += batch.length;
  }
  await Promise.all([...followed, ...rude]);
  const ends = await ledger.check();
  assert.deepEqual(
    ends.filter((job) => job.status !== 'completed'),
    [],
    'clients made jobs fail',
  );
  await server.stop();
  return { jobs, streams, polls: answered, brokenConnections: broken };
};

/** One connection that does not behave; resolves when it is closed. */
function breakOff(url: string, ids: readonly string[], random: Random): Promise<void> {
  const { hostname, port } = new URL(url);
  const id = random.pick(ids);
  const head = (path: string) => `GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\n`;
  const length = 1 + random.below(200_000);
  const starts = [
    '',
    'GET /api/sta',
    `${head(`/api/status?job_id=${id}`)}\r\n`,
    `${head(`/api/events?job_id=${id}`)}\r\n`,
    `${head(`/files/${id}/chaos.glb`)}\r\n`,
    `POST /api/generate HTTP/1.1\r\nHost: ${hostname}\r\nContent-Length: ${length}\r\n\r\n{"images":`,
    `POST /api/generate HTTP/1.1\r\nHost: ${hostname}\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n{"images":`,
    '\x16\x03\x01\x02\x00\x01',
  ];
  const start = random.pick(starts);
  const stayMs = random.below(1_500);
  const isSlow = random.next() < 0.5;
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => {
      if (isSlow) socket.pause();
      socket.write(start);
      setTimeout(() => (isSlow ? socket.resetAndDestroy() : socket.destroy()), stayMs);
    });
    socket.on('error', () => {});
    socket.on('data', () => {});
    socket.on('close', () => resolve());
  });
}
