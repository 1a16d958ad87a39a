import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One row of the table of options in the README. */
export interface DocumentedOption {
  readonly option: string;
  readonly variables: readonly string[];
  /** What the option means, with the form of its value in parentheses at the end. */
  readonly meaning: string;
}

/** The options and the environment variables that the README promises. */
export function documentedOptions(): readonly DocumentedOption[] {
  const readme = readFileSync(join(__dirname, '..', '..', 'README.md'), 'utf8');
  const [, table = ''] = /<!-- options -->(.*?)<!-- \/options -->/s.exec(readme) ?? [];
  const rows = table.matchAll(/^\| `([\w.]+)` \| (.*?) \| .*? \| (.*) \|$/gm);
  return [...rows].map(([, option = '', variables = '', meaning = '']) => ({
    option,
    variables: [...variables.matchAll(/`(\w+)`/g)].map(([, variable = '']) => variable),
    meaning,
  }));
}
