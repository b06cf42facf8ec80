/** The checks of `hy3d doctor`. None changes anything but a probe file that it removes again. */
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { freemem, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { type Config, findUnknownVariables } from '../config.ts';
import { errorMessageOf } from '../errors.ts';
import { findDevices } from '../open-job-service.ts';
import { IS_EXECUTABLE, PROGRAM_COMMAND, WORKER_COMMAND } from '../program-files.ts';
import type { Check } from './check.ts';
import { checkModels, checkProviders } from './check-networks.ts';
import { runChild } from './run-child.ts';

const MIN_FREE_DISK_BYTES = 1e9;
const MIN_MEMORY_BYTES = 2e9;
const REINSTALL = IS_EXECUTABLE
  ? 'This executable needs glibc 2.28 or newer, libstdc++, and a cache folder (HY3D_CACHE) whose disk allows execution.'
  : 'Run "bun install" in the folder of the program; there are builds for Linux (glibc), macOS and Windows.';

/** Runs all checks; those that start processes run one after the other. */
export async function runChecks(config: Config): Promise<Check[]> {
  return [
    checkBun(),
    checkMemory(),
    await checkPictures(config),
    await checkWorker(config),
    ...(await checkDevices(config)),
    checkModels(config.modelsDir),
    await checkFolder('data folder', config.dataDir, '--data'),
    await checkFolder('temporary folder', tmpdir(), 'TMPDIR'),
    await checkPort(config),
    checkVariables(config),
  ];
}

function checkBun(): Check {
  const wanted = packageJson.engines.bun;
  const detail = `${Bun.version} on ${process.platform} ${process.arch}`;
  if (Bun.semver.satisfies(Bun.version, wanted)) return { name: 'Bun', result: 'works', detail };
  return { name: 'Bun', result: 'fails', detail: `${detail}; needs ${wanted}`, advice: 'Run "npx bun upgrade".' };
}

function checkMemory(): Check {
  const detail = `${gigabytes(totalmem())} in all, ${gigabytes(freemem())} free`;
  if (totalmem() >= MIN_MEMORY_BYTES) return { name: 'memory', result: 'works', detail };
  const advice = 'A job needs up to 1.5 GB; use a small --max-pixels and one slot.';
  return { name: 'memory', result: 'attention', detail, advice };
}

/** Loads the library in a process of its own, so that one that crashes cannot take this one along. */
async function checkPictures(config: Config): Promise<Check> {
  const name = 'sharp (pictures)';
  const { ok, stdout, stderr } = await runChild([...PROGRAM_COMMAND, 'worker', '--probe', 'pictures'], config.env);
  if (ok) return { name, result: 'works', detail: `loads, version ${stdout.trim().split('\n').at(-1)}` };
  const reason = stderr.split('\n').find((line) => /error|cannot|not found/i.test(line)) ?? 'it crashed';
  return { name, result: 'fails', detail: `does not load: ${reason.trim().slice(0, 200)}`, advice: REINSTALL };
}

/** Starts a worker as a job does and reads its first line. */
async function checkWorker(config: Config): Promise<Check> {
  const startedAt = performance.now();
  const { stdout, stderr } = await runChild(WORKER_COMMAND, config.env);
  if (stdout.startsWith('{"type":"hello"')) {
    return { name: 'worker process', result: 'works', detail: `starts and ends in ${seconds(startedAt)}` };
  }
  const reason = stderr.trim().split('\n').at(-1)?.slice(0, 200) || 'it said nothing';
  return { name: 'worker process', result: 'fails', detail: `does not start: ${reason}`, advice: REINSTALL };
}

async function checkDevices(config: Config): Promise<Check[]> {
  try {
    const { devices, reason } = await findDevices(config);
    const detail = `${devices.map((d) => d.name).join(', ')} (${reason})`;
    const hasGpu = devices.some(({ kind }) => kind === 'cuda');
    return [{ name: 'devices', result: 'works', detail }, ...(await checkProviders(config, hasGpu))];
  } catch (error) {
    return [{ name: 'devices', result: 'fails', detail: errorMessageOf(error), advice: 'Mend --gpus or HY3D_GPUS.' }];
  }
}

async function checkFolder(name: string, dir: string, setting: string): Promise<Check> {
  const probe = join(dir, `.hy3d-doctor-${process.pid}`);
  try {
    await mkdir(dir, { recursive: true });
    await writeFile(probe, 'probe');
    await rm(probe);
    const { bavail, bsize } = await statfs(dir);
    const detail = `${dir} is writable, ${gigabytes(bavail * bsize)} free`;
    if (bavail * bsize >= MIN_FREE_DISK_BYTES) return { name, result: 'works', detail };
    return { name, result: 'attention', detail, advice: `Free some space or choose another folder with ${setting}.` };
  } catch (error) {
    const advice = `Choose another folder with ${setting} or give this user the right to write.`;
    return { name, result: 'fails', detail: errorMessageOf(error), advice };
  }
}

async function checkPort({ host, port }: Config): Promise<Check> {
  const name = 'port';
  try {
    await Bun.serve({ hostname: host, port, fetch: () => new Response() }).stop(true);
    return { name, result: 'works', detail: `${port} on ${host} is free` };
  } catch {
    const health = await fetch(`http://${host}:${port}/api/health`, { signal: AbortSignal.timeout(2000) })
      .then((response) => response.json())
      .catch(() => undefined);
    const isOurs = typeof health === 'object' && health !== null && 'version' in health;
    if (isOurs) return { name, result: 'works', detail: `${port} on ${host} is taken by a running hy3d` };
    const advice = 'Choose another one with --port.';
    return { name, result: 'fails', detail: `${port} on ${host} is taken or not allowed`, advice };
  }
}

function checkVariables(config: Config): Check {
  const unknown = findUnknownVariables(config.env);
  if (unknown.length === 0) return { name: 'settings', result: 'works', detail: 'all are valid' };
  const detail = `no setting reads ${unknown.join(', ')}`;
  return { name: 'settings', result: 'attention', detail, advice: 'Look for a misspelling; the README lists all.' };
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

function seconds(startedAt: number): string {
  return `${((performance.now() - startedAt) / 1000).toFixed(2)} s`;
}
