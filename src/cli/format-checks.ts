import type { Check } from './check.ts';

const MARKS = { works: '✓', attention: '!', fails: '✗' } as const;

/** The checks as a table, what to do below each line that needs it, and a closing sentence. */
export function formatChecks(checks: readonly Check[]): string {
  const width = Math.max(...checks.map((check) => check.name.length));
  const lines = checks.flatMap((check) => {
    const line = `${MARKS[check.result]} ${check.name.padEnd(width)}  ${check.detail}`;
    return check.advice ? [line, `${' '.repeat(width + 4)}-> ${check.advice}`] : [line];
  });
  const failures = checks.filter((check) => check.result === 'fails').length;
  const closing = failures === 0 ? 'Ready to make models.' : `${failures} of ${checks.length} must be mended first.`;
  return [...lines, '', closing].join('\n');
}
