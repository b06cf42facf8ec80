/**
 * The worker of `hy3d bench memory`: it takes jobs and says as much as a real worker can about each, in no time and
 * without making a model. Only the server is measured.
 */
import { writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type JobRequest, PROTOCOL_VERSION, type WorkerEvent, type WorkerRequest } from '../protocol/messages.ts';
import { overallProgress, STAGES } from '../protocol/stages.ts';
import { VERSION } from '../version.ts';

/** With the stages' own events more than an event log keeps. */
const STEPS_PER_STAGE = 20;
const FILES = { glb: 'model.glb', preview: 'preview.png', sheet: 'sheet.png', report: 'report.json' };

function say(event: WorkerEvent): void {
  writeSync(1, `${JSON.stringify(event)}\n`);
}

function work({ outputDir, keep }: JobRequest): void {
  say({ type: 'engine', name: 'hull', reason: 'no network is installed', licence: 'MIT' });
  for (const stage of STAGES) {
    say({ type: 'stage', stage, state: 'started' });
    for (let step = 1; step <= STEPS_PER_STAGE; step += 1) {
      const stageProgress = step / STEPS_PER_STAGE;
      say({ type: 'progress', stage, stageProgress, progress: overallProgress(stage, stageProgress) });
    }
    say({ type: 'stage', stage, state: 'finished', elapsedMs: 10 });
  }
  for (const name of Object.values(FILES)) writeFileSync(join(outputDir, name), name);
  say({
    type: 'result',
    files: FILES,
    timingsMs: Object.fromEntries(STAGES.map((stage) => [stage, 10])),
    views: { front: { shape: true, texture: true } },
    summary: { faces: 40_000, vertices: 20_002, watertight: true },
    peakRssBytes: process.memoryUsage.rss(),
  });
  if (!keep) process.exit(0);
  sayReady();
}

function sayReady(): void {
  say({ type: 'ready', rssBytes: process.memoryUsage.rss() });
}

say({
  type: 'hello',
  protocol: PROTOCOL_VERSION,
  version: VERSION,
  pid: process.pid,
  visibleDevices: process.env.CUDA_VISIBLE_DEVICES ?? '',
});
createInterface({ input: process.stdin })
  .on('line', (line) => {
    const request: WorkerRequest = JSON.parse(line);
    if (request.type === 'job') work(request);
    else sayReady();
  })
  .on('close', () => process.exit(0));
