import { expect, test } from 'bun:test';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { CONFIG_TABLE } from '../../src/config.ts';
import { GenerateOptionsSchema } from '../../src/protocol/options.ts';
import { STAGES } from '../../src/protocol/stages.ts';

const ROOT = join(import.meta.dir, '../..');
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');

test('the table of settings is the one that the program has', () => {
  const rows = CONFIG_TABLE.map(({ flag, env, default: value, description }) => {
    const cell = (text: string) => (text ? `\`${text}\`` : '');
    return `| ${cell(flag)} | \`${env}\` | ${cell(value)} | ${description} |`;
  });
  const table = ['| flag | environment | default | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
  expect(readme).toContain(table);
});

test('every option and every stage is described', () => {
  for (const option of Object.keys(GenerateOptionsSchema.shape)) expect(readme).toContain(`\`${option}\``);
  for (const stage of STAGES) expect(readme).toContain(`\`${stage}\``);
});

test('every package script that it names exists', () => {
  const named = [...readme.matchAll(/bun run ([a-z:]+)/g)].map(([, name]) => name ?? '');
  expect(named.length).toBeGreaterThan(5);
  for (const name of named) expect(Object.keys(packageJson.scripts)).toContain(name);
});

test('every picture that it shows is there', () => {
  const pictures = [...readme.matchAll(/!\[[^\]]*\]\(([^)]+)\)/g)].map(([, path]) => path ?? '');
  expect(pictures.length).toBeGreaterThan(0);
  for (const path of pictures) expect(existsSync(join(ROOT, path))).toBe(true);
});
