import { readFile, writeFile } from 'node:fs/promises';
import { join, normalize, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { programWords } from '../program-files.ts';
import { findDemoObject } from './demo-pictures.ts';
import { readGenerateOptions } from './generate-flags.ts';
import { pathsOfFormats, runWithProgress } from './run-generate.ts';
import { createViewerPage } from './viewer-page.ts';

/** Runs `hy3d demo`. */
export async function runDemo(flags: Readonly<Record<string, unknown>>): Promise<void> {
  const object = await findDemoObject(typeof flags.object === 'string' ? flags.object : undefined);
  const pictures = flags.allViews === true ? object.pictures : { front: object.pictures.front };
  const options = readGenerateOptions(flags);
  const out = normalize(String(flags.out));
  const glb = join(out, 'model.glb');
  const outputs = {
    glb,
    preview: join(out, 'preview.png'),
    sheet: join(out, 'sheet.png'),
    report: join(out, 'report.json'),
    ...pathsOfFormats(options, glb),
  };
  const count = Object.keys(pictures).length;
  console.log(`Making a model of "${object.name}" from ${count === 1 ? 'one picture' : `${count} pictures`} ...`);
  await runWithProgress({ pictures, options, outputs }, flags);

  const page = join(out, 'view.html');
  await writeFile(page, await createViewerPage(`hy3d: ${object.name}`, await readFile(outputs.glb)));
  console.log(`
  model    ${outputs.glb}
  preview  ${outputs.preview}
  views    ${outputs.sheet}
  report   ${outputs.report}

See it in the browser: open ${pathToFileURL(resolve(page)).href}
Make more: ${programWords()} serve, then open http://localhost:7860`);
}
