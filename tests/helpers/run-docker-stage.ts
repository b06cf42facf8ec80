import { cpSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { DockerStage } from './read-dockerfile.ts';

export interface RunDockerStageOptions {
  /** Folder that COPY copies from. */
  context: string;
  /** Existing folder that stands for the root of the container. */
  root: string;
  /** Top folders of the container that the instructions write to. */
  folders: readonly string[];
  /** Values of ARG. */
  args: Record<string, string>;
}

/**
 * Carries out the WORKDIR, COPY and RUN instructions of a build stage without a container: its folders are moved below
 * another root, its programs are those of this machine.
 * @throws {Error} with the output of the step that failed
 */
export function runDockerStage(stage: DockerStage, { context, root, folders, args }: RunDockerStageOptions): void {
  const moved = new RegExp(`(?<![\\w./-])/(${folders.join('|')})\\b`, 'g');
  const move = (text: string) => text.replace(moved, (path) => join(root, path));
  let workdir = root;
  for (const { name, text } of stage.instructions) {
    if (name === 'WORKDIR') {
      workdir = move(text);
      mkdirSync(workdir, { recursive: true });
    } else if (name === 'COPY') {
      const paths = text.split(/\s+/);
      const target = join(workdir, paths.pop() ?? '');
      for (const path of paths) {
        // Docker copies a folder's contents, and a file into a target that ends with a slash.
        cpSync(join(context, path), target.endsWith('/') ? join(target, basename(path)) : target, { recursive: true });
      }
    } else if (name === 'RUN') {
      const { exitCode, stdout, stderr } = Bun.spawnSync(['sh', '-e', '-c', `umask 022; ${move(text)}`], {
        cwd: workdir,
        env: { PATH: process.env.PATH, HOME: process.env.HOME, ...args },
      });
      if (exitCode !== 0) throw new Error(`RUN ${text}\nended with ${exitCode}:\n${stdout}${stderr}`);
    }
  }
}
