/**
 * `hy3d bench http`: requests per second and latencies of the routes that clients poll, beside FastAPI on uvicorn
 * giving the same bodies, one server after the other on this machine. The Python side is not part of the program:
 * `--python` names an interpreter that has both packages.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { programFile } from '../program-files.ts';
import { startBenchServer } from './bench-server.ts';
import { percentile } from './percentile.ts';

/** Simultaneous connections, as of as many clients that poll without a pause. */
const CONNECTIONS = 16;
const WARM_UP_MS = 1000;
const POLL_INTERVAL_MS = 50;

/** Serves whatever bodies it is given: health, status, and a stream of events in pieces. */
const FASTAPI_PROGRAM = `
import json, sys
import uvicorn
from fastapi import FastAPI, Query
from fastapi.responses import JSONResponse, StreamingResponse

bodies = json.load(open(sys.argv[1]))
app = FastAPI()

@app.get("/api/health")
async def health():
    return JSONResponse(bodies["health"])

@app.get("/api/status")
async def status(job_id: str = Query()):
    return JSONResponse(bodies["status"])

@app.get("/api/events")
async def events(job_id: str = Query()):
    async def pieces():
        for piece in bodies["events"]:
            yield piece
    return StreamingResponse(pieces(), media_type="text/event-stream")

uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="error", access_log=False)
`;

interface HttpFlags {
  python: string;
  seconds: string;
}

interface Load {
  perSecond: number;
  p50: number;
  p99: number;
}

export function register(bench: Command): void {
  bench
    .command('http')
    .description('requests per second and latencies of health, status and events, beside FastAPI on uvicorn')
    .option('--python <program>', 'interpreter with the packages fastapi and uvicorn', 'python3')
    .option('--seconds <n>', 'how long each route is loaded', '5')
    .action(async ({ python, seconds }: HttpFlags) => {
      await runHttp(python, 1000 * Number(seconds));
    });
}

async function runHttp(python: string, durationMs: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'hy3d-bench-http-'));
  try {
    const server = await startBenchServer(['--data', join(folder, 'data')]);
    let paths: string[];
    try {
      const front = readFileSync(programFile('src/web/examples/robot/front.png')).toString('base64');
      const id = await server.post({ front }, { should_texture: false, face_count: 1000, octree_resolution: 64 });
      while ((await server.status(id)).status !== 'completed') await Bun.sleep(POLL_INTERVAL_MS);
      paths = ['/api/health', `/api/status?job_id=${id}`, `/api/events?job_id=${id}`];
      const [health, status, events] = await Promise.all(
        paths.map(async (path) => (await fetch(server.base + path)).text()),
      );
      const bodies = {
        health: JSON.parse(health ?? ''),
        status: JSON.parse(status ?? ''),
        events: splitEvents(events ?? ''),
      };
      writeFileSync(join(folder, 'bodies.json'), JSON.stringify(bodies));
      console.log(`${CONNECTIONS} connections; a stream is all ${bodies.events.length} events of a finished job\n`);
      await report('hy3d', server.base, paths, durationMs);
      console.log(`${''.padEnd(10)}memory ${megabytes(server.rssBytes())} after these requests`);
    } finally {
      await server.stop();
    }
    await runFastApi(python, folder, paths, durationMs);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runFastApi(python: string, folder: string, paths: readonly string[], durationMs: number): Promise<void> {
  const program = join(folder, 'server.py');
  writeFileSync(program, FASTAPI_PROGRAM);
  const port = await freePort();
  const server = Bun.spawn([python, program, join(folder, 'bodies.json'), String(port)], {
    stdout: 'ignore',
    stderr: 'pipe',
  });
  const base = `http://127.0.0.1:${port}`;
  try {
    if (await answers(`${base}/api/health`, () => server.exitCode === null)) {
      await report('FastAPI', base, paths, durationMs);
    } else {
      const reason = (await new Response(server.stderr).text()).trim().split('\n').at(-1);
      console.log(`no comparison: ${python} cannot run FastAPI on uvicorn: ${reason}`);
    }
  } finally {
    server.kill();
    await server.exited;
  }
}

async function report(name: string, base: string, paths: readonly string[], durationMs: number): Promise<void> {
  for (const path of paths) {
    await load(base + path, WARM_UP_MS);
    const { perSecond, p50, p99 } = await load(base + path, durationMs);
    const route = path.split('?')[0] ?? path;
    const rate = perSecond.toFixed(0).padStart(7);
    console.log(
      `${name.padEnd(10)}${route.padEnd(14)}${rate} /s   p50 ${p50.toFixed(2)} ms   p99 ${p99.toFixed(2)} ms`,
    );
  }
}

/** Asks again and again over several connections; every answer is read to its end. */
async function load(url: string, durationMs: number): Promise<Load> {
  const latencies: number[] = [];
  const end = performance.now() + durationMs;
  const client = async (): Promise<void> => {
    while (performance.now() < end) {
      const startedAt = performance.now();
      const response = await fetch(url);
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`${url} answered ${response.status}`);
      latencies.push(performance.now() - startedAt);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  return {
    perSecond: (1000 * latencies.length) / durationMs,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  };
}

/** The pieces that a server sends one after the other: events are separated by empty lines. */
function splitEvents(text: string): string[] {
  return text.split(/(?<=\n\n)/);
}

async function answers(url: string, isRunning: () => boolean): Promise<boolean> {
  while (isRunning()) {
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok) return true;
    await Bun.sleep(50);
  }
  return false;
}

async function freePort(): Promise<number> {
  const probe = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response() });
  const { port = 0 } = probe;
  await probe.stop(true);
  return port;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MB`;
}
