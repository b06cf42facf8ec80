// A worker process that behaves as the option `seed` of its job says. It writes its model in pieces, as slow disks do,
// and like the real worker it ends with its stdin, whatever it is doing.
import { appendFileSync, existsSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { errorMessageOf } from '../../src/errors.ts';
import type { JobRequest, WorkerRequest } from '../../src/protocol/messages.ts';
import { runStage, say, sayHello, sayResultOf, sayWork } from '../fixtures/workers/worker-lines.ts';
import { BEHAVIOURS, modelOf } from './behaviours.ts';

const PIECES = 4;
const HEARTBEAT_MS = 20;
/** What a job leaves in the folders of its process. */
const LITTER = ['litter', join(tmpdir(), 'litter')];

sayHello();
setInterval(() => say({ type: 'heartbeat', rssBytes: 1 }), HEARTBEAT_MS);
createInterface({ input: process.stdin })
  .on('line', (line) => {
    const request: WorkerRequest = JSON.parse(line);
    if (request.type === 'prepare') sayReady();
    else void work(request);
  })
  .on('close', () => process.exit(0));

async function work(request: JobRequest): Promise<void> {
  const behaviour = BEHAVIOURS[request.options.seed ?? 0] ?? 'quick';
  if (behaviour === 'crash') throw new Error('this worker was told to crash');
  if (behaviour === 'ignore-sigterm') {
    process.on('SIGTERM', () => say({ type: 'log', level: 'info', message: 'asked to end' }));
  }
  runStage('decode');
  if (behaviour === 'hang' || behaviour === 'ignore-sigterm') return;
  // A disk that takes no more is reported as the real worker does it.
  try {
    const foundLitter = LITTER.some((path) => existsSync(path));
    for (const path of LITTER) writeFileSync(path, request.jobId);
    await writeModel(request, behaviour === 'slow' ? 100 : 0);
    sayWork();
    sayResultOf(request, { glb: 'chaos.glb' }, { foundLitter });
  } catch (error) {
    say({ type: 'error', code: 'output.unwritable', message: errorMessageOf(error), stage: 'export' });
    process.exit(0);
  }
  if (request.keep) sayReady();
  else process.exit(0);
}

async function writeModel({ jobId, outputDir }: JobRequest, pauseMs: number): Promise<void> {
  const model = modelOf(jobId);
  const path = join(outputDir, 'chaos.glb');
  const pieceBytes = Math.ceil(model.length / PIECES);
  for (let start = 0; start < model.length; start += pieceBytes) {
    appendFileSync(`${path}.tmp`, model.slice(start, start + pieceBytes));
    await Bun.sleep(pauseMs);
  }
  renameSync(`${path}.tmp`, path);
}

function sayReady(): void {
  say({ type: 'ready', rssBytes: 1 });
}
