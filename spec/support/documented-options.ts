import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One row of the table of options in the README. */
export interface DocumentedOption {
  readonly option: string;
  readonly variables: readonly string[];
}

/** The options and the environment variables that the README promises. */
export function documentedOptions(): readonly DocumentedOption[] {
  const readme = readFileSync(join(__dirname, '..', '..', 'README.md'), 'utf8');
  const [, table = ''] = /<!-- options -->(.*?)<!-- \/options -->/s.exec(readme) ?? [];
  return [...table.matchAll(/^\| `([\w.]+)` \| (.*?) \|/gm)].map(([, option = '', variables = '']) => ({
    option,
    variables: [...variables.matchAll(/`(\w+)`/g)].map(([, variable = '']) => variable),
  }));
}
