import { printable } from '../outside-text.js';
import type { Migrated, QueryReport } from './migrate-document.js';
import type { InputFile } from './migrated-files.js';

interface Outcome {
  readonly file: InputFile;
  readonly migrated: Migrated;
}

const queriesOf = ({ migrated }: Outcome): readonly QueryReport[] => (migrated.ok ? migrated.queries : []);

/** The report as JSON: by file, each query with what became of it. */
export function jsonReport(outcomes: readonly Outcome[]): string {
  const files = outcomes.map((outcome) => ({ file: outcome.file.name, queries: queriesOf(outcome) }));
  return `${JSON.stringify({ files }, undefined, 2)}\n`;
}

const ADVICE =
  'Queries that are left keep the old names. Write them anew or delete them: docs/migration in the package lists each name.';

/** The report for a terminal: how many queries were rewritten, which were not, and how meanings differ. */
export function textReport(outcomes: readonly Outcome[]): string {
  const lines: string[] = [];
  for (const outcome of outcomes) {
    const queries = queriesOf(outcome);
    const count = (wanted: QueryReport['outcome']): number =>
      queries.filter((query) => query.outcome === wanted).length;
    lines.push(
      `${outcome.file.name}: ${count('rewritten')} rewritten, ${count('left')} left, ${count('unaffected')} without such names`,
    );
    for (const { where, query, outcome: became, reasons } of queries) {
      if (became !== 'left') continue;
      lines.push(`  left: ${where || 'query'}: ${query.replace(/\s+/g, ' ')}`);
      for (const reason of reasons) lines.push(`    ${reason}`);
    }
    const notes = new Map<string, Set<string>>();
    for (const { where, notes: own } of queries) {
      for (const note of own) notes.set(note, (notes.get(note) ?? new Set()).add(where || 'query'));
    }
    for (const [note, places] of notes) lines.push(`  note: ${note} (${[...places].join(', ')})`);
  }
  if (outcomes.flatMap(queriesOf).some(({ outcome }) => outcome === 'left')) lines.push(ADVICE);
  return lines.map((line) => `${printable(line)}\n`).join('');
}
