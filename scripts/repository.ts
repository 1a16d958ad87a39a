/** The project's one address: package.json, documents, alerts and dashboards carry it, which a spec checks. */
export const REPOSITORY_URL = 'https://github.com/globalbusinessadvisors/llm-edge-monitoring';

/** Where the documents of this package are read; alerts and panels link there. */
export const DOCS_URL = `${REPOSITORY_URL}/blob/main/docs`;

/** The runbook of one alert: a section of docs/runbooks.md, whose anchor is its heading in lower case. */
export function runbookUrl(alert: string): string {
  return `${DOCS_URL}/runbooks.md#${alert.toLowerCase()}`;
}
