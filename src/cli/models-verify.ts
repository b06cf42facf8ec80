import { type FileCheck, verifyModel } from '../../models/store/verify-model.ts';
import type { Config } from '../config.ts';
import { verifyBuilds } from './models-build.ts';
import { findModel } from './models-find.ts';

const WORDS: Readonly<Record<FileCheck['result'], string>> = {
  right: 'right',
  wrong: 'WRONG',
  missing: 'MISSING',
  absent: 'absent',
  unknown: 'readable',
};

/** Runs `hy3d models verify` and returns the exit code. */
export async function verify(name: string, config: Pick<Config, 'modelsDir'>): Promise<number> {
  const { modelsDir } = config;
  const problems: FileCheck[] = [];
  for await (const check of verifyModel(modelsDir, findModel(name, modelsDir))) {
    console.log(`${WORDS[check.result].padEnd(8)}  ${check.file}  ${check.detail}`);
    if (check.result === 'wrong' || check.result === 'missing') problems.push(check);
  }
  const staleFormats: string[] = [];
  if (problems.length === 0) {
    for await (const { format, isRight, detail } of verifyBuilds(name, config)) {
      console.log(`${WORDS[isRight ? 'right' : 'wrong'].padEnd(8)}  built as ${format}  ${detail}`);
      if (!isRight) staleFormats.push(format);
    }
    for (const format of staleFormats) {
      console.error(`hy3d: "hy3d models build ${name} --format ${format}" makes it anew.`);
    }
    return staleFormats.length === 0 ? 0 : 1;
  }
  console.error(`hy3d: ${name} cannot be used as it is; "hy3d models pull ${name}" brings what is wrong or missing.`);
  return 1;
}
