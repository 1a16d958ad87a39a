import { createHash, timingSafeEqual } from 'node:crypto';

/** Who may scrape. */
export type ScrapeAuthorization =
  | { readonly scheme: 'bearer'; readonly token: string }
  | { readonly scheme: 'basic'; readonly username: string; readonly password: string };

/** Checks the `Authorization` header of scrapes. */
export interface Authorizer {
  /** Value of the `WWW-Authenticate` header of a refusal. */
  readonly challenge: string;
  isAuthorized(header: string | undefined): boolean;
}

const CHALLENGES = {
  bearer: 'Bearer realm="metrics"',
  basic: 'Basic realm="metrics", charset="UTF-8"',
} as const satisfies Record<ScrapeAuthorization['scheme'], string>;

const HEADER = /^([a-z]+) +(\S+) *$/i;

/** Makes an authorizer. The time its answer takes says nothing about the secret. */
export function createAuthorizer(authorization: ScrapeAuthorization): Authorizer {
  const expected = digest(credentialsOf(authorization));
  return {
    challenge: CHALLENGES[authorization.scheme],
    isAuthorized(header) {
      const [, scheme = '', credentials = ''] = HEADER.exec(header ?? '') ?? [];
      return scheme.toLowerCase() === authorization.scheme && timingSafeEqual(digest(credentials), expected);
    },
  };
}

function credentialsOf(authorization: ScrapeAuthorization): string {
  if (authorization.scheme === 'bearer') return authorization.token;
  return Buffer.from(`${authorization.username}:${authorization.password}`).toString('base64');
}

/** Digests have one length, which `timingSafeEqual` needs, whatever the length of the credentials. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
