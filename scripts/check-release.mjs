// A release without publishing: one version everywhere, what npm would upload, and the bill of materials. `dist` must
// have been built. The release workflow runs it before it publishes, with the tag in GITHUB_REF.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { billOfMaterials } from './write-sbom.mjs';

const read = (path) => readFileSync(path, 'utf8');
const manifest = JSON.parse(read('package.json'));
const { name, version } = manifest;

const lock = JSON.parse(read('package-lock.json'));
const versions = {
  'package-lock.json': lock.packages[''].version,
  'lib/version.ts': /VERSION = '(.*)'/.exec(read('lib/version.ts'))?.[1],
  'CHANGELOG.md': /^## (\S+)/m.exec(read('CHANGELOG.md'))?.[1],
};
const [, tag] = /^refs\/tags\/v(.+)$/.exec(process.env.GITHUB_REF ?? '') ?? [];
if (tag !== undefined) versions['the tag'] = tag;
for (const [place, found] of Object.entries(versions)) {
  assert.equal(found, version, `${place} has version ${found}, package.json ${version}`);
}

const options = ['publish', '--dry-run', '--json', '--ignore-scripts'];
const { status, stdout, stderr } = spawnSync('npm', options, {
  encoding: 'utf8',
  maxBuffer: 64 * 1024 * 1024,
});
assert.equal(status, 0, stderr);
assert.doesNotMatch(stderr, /auto-corrected/, 'npm would change package.json');
const answer = JSON.parse(stdout);
// One npm answers with the package, another with a member for it.
const upload = answer.files === undefined ? answer[name] : answer;
const uploaded = new Set(upload.files.map(({ path }) => path));
const named = JSON.stringify([manifest.exports, manifest.main, manifest.types, manifest.bin]).match(
  /(?<=")(\.\/)?dist\/[^"]+/g,
);
const missing = named.map((path) => path.replace('./', '')).filter((path) => !uploaded.has(path));
assert.deepEqual(missing, [], 'package.json names files that npm would not upload');
for (const path of ['README.md', 'LICENSE', 'CHANGELOG.md', 'SECURITY.md']) {
  assert.ok(uploaded.has(path), `npm would not upload ${path}`);
}
const foreign = [...uploaded].filter((path) =>
  /(^|\/)(\.env|\.npmrc|node_modules|spec|\.cache)(\/|$)/.test(path),
);
assert.deepEqual(foreign, [], 'npm would upload what users do not need');

const { metadata, components } = billOfMaterials();
const listed = new Set(components.map((component) => component.name));
assert.equal(metadata.component.name, name);
assert.equal(metadata.component.version, version);
const wanted = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
assert.deepEqual(
  wanted.filter((dependency) => !listed.has(dependency)),
  [],
  'the bill of materials lacks dependencies',
);
assert.ok(!listed.has('typescript') && !listed.has('jest'), 'the bill of materials has development tools');
console.log(`${name} ${version}: ${uploaded.size} files, ${components.length} components, ready to publish`);
