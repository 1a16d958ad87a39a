import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One row of the tables of options in docs/configuration.md. */
export interface DocumentedOption {
  readonly option: string;
  readonly variables: readonly string[];
  /** What the option means, with the form of its value in parentheses at the end. */
  readonly meaning: string;
}

/** The options and the environment variables that docs/configuration.md promises. */
export function documentedOptions(): readonly DocumentedOption[] {
  const page = readFileSync(join(__dirname, '..', '..', 'docs', 'configuration.md'), 'utf8');
  const [, tables = ''] = /<!-- options -->(.*?)<!-- \/options -->/s.exec(page) ?? [];
  const rows = tables.matchAll(/^\| `([\w.]+)` \| (.*?) \| .*? \| (.*) \|$/gm);
  return [...rows].map(([, option = '', variables = '', meaning = '']) => ({
    option,
    variables: [...variables.matchAll(/`(\w+)`/g)].map(([, variable = '']) => variable),
    meaning,
  }));
}
