/** `hy3d bench hunyuan --first-step`: how soon a network denoises after a request, on cold and on warm workers. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type BenchServer, startBenchServer } from './bench-server.ts';
import { median } from './percentile.ts';

const PICTURE = resolve(import.meta.dir, '../web/examples/robot/front.png');
const RUNS = 3;
/** Lines of a worker's log. */
const LOADED = ' of networks on ';
const NOT_LOADED = 'nothing was loaded ahead';
const STARTS = 'denoising starts';
const POLL_INTERVAL_MS = 200;

export interface FirstStepOptions {
  /** Name of the engine. */
  engine: string;
  modelsDir: string;
  device: string;
}

/** Jobs are cancelled at their first step, so that only what comes before it counts. */
export async function benchFirstStep({ engine, modelsDir, device }: FirstStepOptions): Promise<void> {
  const images = { front: readFileSync(PICTURE).toString('base64') };
  const modes = [
    { name: 'a fresh process', isWarm: false, flags: [] },
    { name: 'standby 1', isWarm: true, flags: ['--standby', '1', '--standby-engine', engine] },
  ];
  console.log(`${engine}: seconds from POST to the first denoising step, ${RUNS} runs each\n`);
  for (const { name, isWarm, flags } of modes) {
    const dataDir = mkdtempSync(join(tmpdir(), 'hy3d-bench-'));
    const place = device === 'cpu' ? ['--gpus', 'none', '--cpu-slots', '1'] : [];
    const server = await startBenchServer([
      ...['--data', dataDir, '--models', modelsDir, '--log-level', 'info'],
      ...place,
      ...flags,
    ]);
    try {
      const seconds: number[] = [];
      let waitingBytes = 0;
      for (let run = 1; run <= RUNS; run++) {
        if (isWarm) {
          await Promise.race([server.logLine(LOADED, run), failAt(server.logLine(NOT_LOADED))]);
          waitingBytes = server.workersRssBytes();
        }
        const startedAt = performance.now();
        const id = await server.post(images, { engine });
        await Promise.race([server.logLine(STARTS, run), failWith(server, id)]);
        seconds.push((performance.now() - startedAt) / 1000);
        await fetch(`${server.base}/api/jobs/${id}`, { method: 'DELETE' });
      }
      const times = `median ${median(seconds).toFixed(2)} s, slowest ${Math.max(...seconds).toFixed(2)} s`;
      const memory = isWarm ? `, waiting with ${(waitingBytes / 1e9).toFixed(2)} GB` : '';
      console.log(`${name.padEnd(18)}${times}${memory}`);
    } finally {
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    }
  }
}

async function failAt(logLine: Promise<void>): Promise<never> {
  await logLine;
  throw new Error(`${NOT_LOADED}; "hy3d serve --standby 1" tells why in its log`);
}

/** Ends when the job fails, or is cancelled. */
async function failWith(server: BenchServer, id: string): Promise<never> {
  for (;;) {
    const { status, error } = await server.status(id);
    if (status === 'failed') throw new Error(`the job failed: ${error}`);
    await Bun.sleep(POLL_INTERVAL_MS);
  }
}
