// A worker process that behaves as the option `seed` of its job says. It writes its model in pieces, as slow disks do.
import { appendFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessageOf } from '../../src/errors.ts';
import { beat, request, runStage, say, sayHello, sayWork } from '../fixtures/workers/worker-channel.ts';
import { sayResultOf } from '../fixtures/workers/worker-lines.ts';
import { BEHAVIOURS, modelOf } from './behaviours.ts';

const PIECES = 4;
const behaviour = BEHAVIOURS[request.options.seed ?? 0] ?? 'quick';

async function writeModel(pauseMs: number): Promise<void> {
  const model = modelOf(request.jobId);
  const path = join(request.outputDir, 'chaos.glb');
  const pieceBytes = Math.ceil(model.length / PIECES);
  for (let start = 0; start < model.length; start += pieceBytes) {
    appendFileSync(`${path}.tmp`, model.slice(start, start + pieceBytes));
    await Bun.sleep(pauseMs);
  }
  renameSync(`${path}.tmp`, path);
}

sayHello();
switch (behaviour) {
  case 'quick':
  case 'slow':
    beat();
    runStage('decode');
    // A disk that takes no more is reported as the real worker does it.
    try {
      await writeModel(behaviour === 'slow' ? 100 : 0);
      sayWork();
      sayResultOf(request, { glb: 'chaos.glb' });
    } catch (error) {
      say({ type: 'error', code: 'output.unwritable', message: errorMessageOf(error), stage: 'export' });
    }
    process.exit(0);
    break;
  case 'crash':
    throw new Error('this worker was told to crash');
  case 'ignore-sigterm':
    process.on('SIGTERM', () => say({ type: 'log', level: 'info', message: 'asked to end' }));
    runStage('decode');
    beat();
    break;
  case 'hang':
    runStage('decode');
    beat();
    break;
}
