import type { LicensedPart } from './licensed-part.ts';

const RULE = '='.repeat(80);

/**
 * The list of all parts and then their texts, each text once. Equal parts give equal bytes.
 * @param introduction stands first
 */
export function formatLicences(introduction: string, parts: readonly LicensedPart[]): string {
  const byText = new Map<string, LicensedPart[]>();
  for (const part of parts) {
    for (const text of part.texts.map(normalise)) byText.set(text, [...(byText.get(text) ?? []), part]);
  }
  const sections = [...byText].map(
    ([text, users]) => `${RULE}\n${users.map(titleOf).join('\n')}\n${RULE}\n\n${text}\n`,
  );
  return [`${introduction.trim()}\n`, `${parts.map(summaryOf).join('\n')}\n`, ...sections].join('\n');
}

function titleOf({ name, version }: LicensedPart): string {
  return `${name} ${version}`.trim();
}

function summaryOf(part: LicensedPart): string {
  const summary = `${titleOf(part)}: ${part.licence}`;
  if (!part.contains?.length) return summary;
  const contents = `contains ${part.contains.join(', ')}`.replace(/(.{80}\S*) /g, '$1\n  ');
  return `${summary}\n  ${contents}`;
}

function normalise(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/[ \t]+$/gm, '')
    .replace(/^\n+|\n+$/g, '');
}
