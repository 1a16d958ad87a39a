import { readFileSync, writeFileSync } from 'node:fs';

/** Writes a row of a Markdown table; a bar in a cell would end the cell. */
export function tableRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** Writes a Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [tableRow(head), tableRow(head.map(() => '---')), ...rows.map(tableRow)].join('\n');
}

/** Replaces what stands between `<!-- name -->` and `<!-- /name -->`. */
export function replaceSection(text: string, name: string, content: string): string {
  const start = `<!-- ${name} -->`;
  const end = `<!-- /${name} -->`;
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`there is no section ${start} … ${end}`);
  return `${text.slice(0, from + start.length)}\n${content}\n${text.slice(to)}`;
}

/**
 * Writes generated files, or with `--check` only compares: then a file that is out of date ends the process with 1.
 */
export function emit(files: Readonly<Record<string, string>>, command: string): void {
  const check = process.argv.includes('--check');
  const stale = Object.entries(files).filter(([path, content]) => {
    let present = '';
    try {
      present = readFileSync(path, 'utf8');
    } catch {
      // A file that is not there yet is out of date like any other.
    }
    if (present !== content && !check) writeFileSync(path, content);
    return present !== content;
  });
  for (const [path] of stale) console.log(`${check ? 'out of date' : 'written'}: ${path}`);
  if (check && stale.length > 0) {
    console.error(`run \`${command}\` and commit the result`);
    process.exitCode = 1;
  }
}
