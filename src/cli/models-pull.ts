import type { ModelEntry } from '../../models/manifest/model-entry.ts';
import { createFolderSource } from '../../models/store/folder-source.ts';
import { createHubSource } from '../../models/store/hub-source.ts';
import { readInstallRecord } from '../../models/store/install-record.ts';
import type { ModelSource } from '../../models/store/model-source.ts';
import { pullModel } from '../../models/store/pull-model.ts';
import type { Config } from '../config.ts';
import { httpUrl } from '../config-values.ts';
import { AppError } from '../errors.ts';
import { findModel } from './models-find.ts';
import { createPullDisplay } from './models-pull-display.ts';
import { UsageError } from './usage-error.ts';

const DEFAULT_ENDPOINT = 'https://huggingface.co';

export interface PullFlags {
  folder: string | undefined;
  isLicenceAccepted: boolean;
  withOptional: boolean;
}

/**
 * Runs `hy3d models pull`: shows the licence and has it accepted, then brings the files. Ctrl-C stops it; the next
 * run goes on from there.
 */
export async function pull(name: string, config: Config, flags: PullFlags): Promise<void> {
  const { modelsDir, env } = config;
  const entry = findModel(name, modelsDir);
  const source = flags.folder === undefined ? hubFrom(env) : createFolderSource(flags.folder);
  const licenceAcceptedAt = await acceptLicence(entry, modelsDir, flags.isLicenceAccepted);

  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort(new AppError('cancelled', 'Stopped; the same command goes on from here.'));
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  const display = createPullDisplay(process.stderr);
  try {
    const { signal } = interrupt;
    const { withOptional } = flags;
    await pullModel(entry, { modelsDir, source, licenceAcceptedAt, withOptional, signal, onEvent: display.show });
  } finally {
    display.end();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
  console.log(`Installed ${name} in ${modelsDir}`);
}

/** The variables are those that other tools of the hub read. */
function hubFrom(env: Config['env']): ModelSource {
  const endpoint = httpUrl.safeParse(env.HF_ENDPOINT || DEFAULT_ENDPOINT);
  if (!endpoint.success) throw new UsageError(`HF_ENDPOINT: ${endpoint.error.issues[0]?.message}`);
  return createHubSource({ endpoint: endpoint.data, token: env.HF_TOKEN?.trim() });
}

/**
 * Shows the licence; asks on a terminal unless it was accepted before or by a flag.
 * @returns when it was accepted
 */
async function acceptLicence(entry: ModelEntry, modelsDir: string, isAccepted: boolean): Promise<Date> {
  const { name, url, territory, terms = [] } = entry.licence;
  const lines = [
    `${entry.title}: ${name}`,
    `  ${url}`,
    ...[territory, ...terms].filter(Boolean).map((t) => `  - ${t}`),
  ];
  process.stderr.write(`${lines.join('\n')}\n`);
  const before = readInstallRecord(modelsDir, entry.name)?.licence;
  if (before?.name === name && before.url === url && before.territory === territory) return new Date(before.acceptedAt);
  if (isAccepted) return new Date();
  if (!process.stdin.isTTY) throw new UsageError('Add --accept-licence if you accept this licence and its limits.');
  process.stderr.write('Do you accept this licence and its limits? [y/N] ');
  const answer = await readLine();
  if (/^y(es)?$/i.test(answer.trim())) return new Date();
  throw new AppError('cancelled', 'The licence was not accepted; nothing was installed.');
}

/** One line from the terminal; empty at the end of the input. */
async function readLine(): Promise<string> {
  for await (const line of console) return line;
  return '';
}
