/** Where the documents of this package are read; alerts and panels link there. */
export const DOCS_URL = 'https://github.com/globalbusinessadvisors/llm-edge-monitoring/blob/main/docs';

/** The runbook of one alert: a section of docs/runbooks.md, whose anchor is its heading in lower case. */
export function runbookUrl(alert: string): string {
  return `${DOCS_URL}/runbooks.md#${alert.toLowerCase()}`;
}
