import { createHash, timingSafeEqual } from 'node:crypto';

/** Checks the `Authorization` header of scrapes. */
export interface Authorizer {
  /** Value of the `WWW-Authenticate` header of a refusal. */
  readonly challenge: string;
  isAuthorized(header: string | undefined): boolean;
}

/**
 * Makes an authorizer. The time its answer takes says nothing about the secret.
 *
 * @param expected - the header that a scrape must carry, such as `Bearer …` or `Basic …`; the scheme is compared
 *   without regard to case, as HTTP demands
 */
export function createAuthorizer(expected: string): Authorizer {
  const expectedDigest = digest(expected);
  const [scheme = ''] = expected.trim().split(' ', 1);
  return {
    challenge: `${scheme} realm="metrics"`,
    isAuthorized: (header) => timingSafeEqual(digest(header ?? ''), expectedDigest),
  };
}

/** Digests have one length, which `timingSafeEqual` needs, whatever the length of the credentials. */
function digest(header: string): Buffer {
  const [scheme = '', ...credentials] = header.trim().split(/ +/);
  return createHash('sha256')
    .update(`${scheme.toLowerCase()} ${credentials.join(' ')}`)
    .digest();
}
