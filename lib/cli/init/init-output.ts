import { VERSION } from '../../version.js';
import { commandOf, type InitParameters } from './init-parameters.js';

/** A file to be written: its path from the folder, with slashes, and its text. */
export interface OutputFile {
  readonly path: string;
  readonly text: string;
}

/** The name and version of this package, as the files carry it. */
export const WRITTEN_BY = `llm-edge-monitoring ${VERSION}`;

/** The line at the top of a file with `#` comments: which version wrote it, and from what. */
export function stampOf(parameters: InitParameters): string {
  return `# Written by ${WRITTEN_BY}: ${commandOf(parameters)}\n`;
}

/** A file with `#` comments and the stamp at its top. */
export function stamped(path: string, text: string, parameters: InitParameters): OutputFile {
  return { path, text: `${stampOf(parameters)}${text}` };
}

/** A dashboard, which names the version as one of its tags. Grafana shows JSON no comment. */
export function stampedDashboard(path: string, text: string): OutputFile {
  const dashboard = JSON.parse(text) as { readonly tags: readonly string[] };
  return {
    path,
    text: `${JSON.stringify({ ...dashboard, tags: [...dashboard.tags, WRITTEN_BY] }, null, 2)}\n`,
  };
}
