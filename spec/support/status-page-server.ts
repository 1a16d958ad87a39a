import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import type { StatusDocument } from '../../lib/status/status-document.js';
import { type LoopbackServer, listenOnLoopback } from './listen-on-loopback.js';

const ROOT = join(__dirname, '../..');

/** What the status server sends with the page. */
export const PAGE_CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/page.js': ['page.js', 'text/javascript; charset=utf-8'],
  '/page.css': ['page.css', 'text/css; charset=utf-8'],
  '/icon.svg': ['icon.svg', 'image/svg+xml'],
};

/** What the server answers at `api/v1/status`: a document, or a status code without one. */
export type StatusAnswer = StatusDocument | number;

/** A stand-in for the status server, whose answers a spec decides. */
export interface StatusPageServer extends LoopbackServer {
  /** Of all requests to the API: the query and the `Authorization` header. */
  readonly asked: readonly { readonly search: string; readonly authorization: string | undefined }[];
}

/** Serves `dist/status-page` under the policy of the status server, on any free port unless one is named. */
export async function startStatusPageServer(
  answerTo: (request: {
    readonly since: number | undefined;
    readonly authorization: string | undefined;
  }) => StatusAnswer,
  port = 0,
): Promise<StatusPageServer> {
  const asked: { search: string; authorization: string | undefined }[] = [];
  const server = createServer((request, response) => {
    const { pathname, search, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    response.setHeader('content-security-policy', PAGE_CSP);
    response.setHeader('x-content-type-options', 'nosniff');
    const [file, type] = FILES[pathname] ?? [];
    if (file !== undefined && type !== undefined) {
      response.setHeader('content-type', type);
      response.end(readFileSync(join(ROOT, 'dist/status-page', file)));
      return;
    }
    if (pathname !== '/api/v1/status') {
      response.writeHead(404).end();
      return;
    }
    const { authorization } = request.headers;
    const since = searchParams.get('since');
    asked.push({ search, authorization });
    const answer = answerTo({ since: since === null ? undefined : Number(since), authorization });
    if (typeof answer === 'number') {
      response.writeHead(answer).end();
      return;
    }
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answer));
  });
  return { ...(await listenOnLoopback(server, port)), asked };
}

/** A document as `?since=` answers with it: only the later points. */
export function tailOf(document: StatusDocument, since: number | undefined): StatusDocument {
  if (since === undefined) return document;
  const from = document.times.filter((time) => time <= since).length;
  return {
    ...document,
    times: document.times.slice(from),
    panels: document.panels.map((panel) =>
      panel.kind === 'table'
        ? panel
        : {
            ...panel,
            series: panel.series.map((series) => ({ ...series, values: series.values.slice(from) })),
          },
    ),
  };
}
