/** The rows of all tables without their headings; cells as words, without links and marks. */
export function markdownTableRows(markdown: string): string[][] {
  const lines = markdown.split('\n').map((line) => line.trim());
  const isRow = (line: string) => line.startsWith('|') && line.endsWith('|');
  const isSeparator = (line: string | undefined) => /^\|[-:| ]+\|$/.test(line ?? '');
  return lines
    .filter((line, i) => isRow(line) && !isSeparator(line) && !isSeparator(lines[i + 1]))
    .map((line) => line.slice(1, -1).split('|').map(wordsOf));
}

function wordsOf(cell: string): string {
  return cell
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll('`', '')
    .trim();
}
