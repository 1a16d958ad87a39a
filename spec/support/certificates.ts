import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate authority, and a key with its certificate for `localhost` and `127.0.0.1`. */
export interface Certificates {
  readonly folder: string;
  readonly authorityFile: string;
  readonly keyFile: string;
  readonly certificateFile: string;
  /** What a server that demands a client certificate needs. */
  readonly serverOptions: {
    readonly ca: Buffer;
    readonly key: Buffer;
    readonly cert: Buffer;
    readonly requestCert: true;
  };
  remove(): void;
}

/** Makes certificates with the program `openssl`. */
export function createCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'certificates-'));
  const openssl = (...args: readonly string[]): void => {
    execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  };
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-subj',
    '/CN=spec',
    '-days',
    '30',
  );
  openssl('req', ...newKey, '-keyout', 'localhost.key', '-out', 'localhost.csr', '-subj', '/CN=localhost');
  writeFileSync(join(folder, 'names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1');
  const signing = [
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-days',
    '30',
    '-extfile',
    'names',
  ];
  openssl('x509', '-req', '-in', 'localhost.csr', ...signing, '-out', 'localhost.pem');
  const [authorityFile, keyFile, certificateFile] = ['ca.pem', 'localhost.key', 'localhost.pem'].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  return {
    folder,
    authorityFile,
    keyFile,
    certificateFile,
    serverOptions: {
      ca: readFileSync(authorityFile),
      key: readFileSync(keyFile),
      cert: readFileSync(certificateFile),
      requestCert: true,
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
