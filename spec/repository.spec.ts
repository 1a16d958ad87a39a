import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY_URL } from '../scripts/repository.js';

const ROOT = join(__dirname, '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Every address of a repository with our name, by file; binary files have none. */
function addresses(): Map<string, readonly string[]> {
  const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const files = tracked.split('\n').filter((path) => path !== '' && existsSync(join(ROOT, path)));
  return new Map(
    files.map((path) => [
      path,
      read(path).match(/[\w./:@+-]*\/llm-edge-monitoring(?=\.git|[/#'"\s)>]|$)/g) ?? [],
    ]),
  );
}

describe('the address of the repository', () => {
  const { repository, homepage, bugs } = JSON.parse(read('package.json')) as Record<string, unknown>;

  it('is in package.json, from which npm makes the links of its page', () => {
    expect({ repository, homepage, bugs }).toEqual({
      repository: { type: 'git', url: `git+${REPOSITORY_URL}.git` },
      homepage: `${REPOSITORY_URL}#readme`,
      bugs: `${REPOSITORY_URL}/issues`,
    });
  });

  it('is the same in documents, alerts, dashboards and manifests', () => {
    const found = [...addresses()].flatMap(([path, urls]) =>
      urls
        .filter((url) => url.includes('github.com'))
        .map((url) => ({ path, url: url.replace(/^git\+/, '') })),
    );
    const GO_MODULE = REPOSITORY_URL.replace('https://', '');
    expect(found.filter(({ url }) => url !== REPOSITORY_URL && url !== GO_MODULE)).toEqual([]);
    expect([...new Set(found.map(({ path }) => path))]).toEqual(
      expect.arrayContaining([
        'package.json',
        'SECURITY.md',
        'prometheus/rules/alerts.yml',
        'grafana/dashboards/overview.json',
      ]),
    );
  });
});
