// Writes the bill of materials of the published package, CycloneDX, to the path that is given. `npm sbom --omit dev`
// leaves out every dependency that a development one needs as well, and names the package after its folder.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const LICENSES = 'dist/THIRD-PARTY-LICENSES.txt';

/** The packages that the build put into `dist`, as `name@version`: their licences are listed by these. */
function bundledPackages() {
  const titles = readFileSync(LICENSES, 'utf8').matchAll(/^-{80}\n(\S+) (\S+) \(.*\)\n-{80}$/gm);
  return [...titles].map(([, name, version]) => `${name}@${version}`);
}

/** The bill of materials of what a user installs: the package, its dependencies, and what is inside its files. */
export function billOfMaterials() {
  const { name, version, dependencies, peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
  const maxBuffer = 64 * 1024 * 1024;
  const options = ['sbom', '--sbom-format=cyclonedx', '--sbom-type=library'];
  const all = JSON.parse(execFileSync('npm', options, { encoding: 'utf8', maxBuffer }));
  const edges = new Map(all.dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]));
  const root = all.metadata.component['bom-ref'];
  const direct = Object.keys({ ...dependencies, ...peerDependencies });
  const installed = edges.get(root).filter((ref) => direct.includes(ref.slice(0, ref.lastIndexOf('@'))));
  const kept = new Set(installed);
  for (const ref of kept) for (const next of edges.get(ref) ?? []) kept.add(next);
  const bundled = bundledPackages();
  for (const ref of bundled) kept.add(ref);
  const missing = [...kept].filter((ref) => !edges.has(ref));
  if (missing.length > 0) throw new Error(`not in the tree of npm: ${missing.join(', ')}`);
  return {
    ...all,
    metadata: { ...all.metadata, component: { ...all.metadata.component, name, version } },
    components: all.components.filter((component) => kept.has(component['bom-ref'])),
    dependencies: [
      { ref: root, dependsOn: [...installed, ...bundled] },
      // Of a bundled package only what the bundle took is inside: the list of licences has all of it.
      ...[...kept].map((ref) => ({ ref, dependsOn: edges.get(ref).filter((next) => kept.has(next)) })),
    ],
  };
}

const [, script, path] = process.argv;
if (script === import.meta.filename) {
  if (path === undefined) throw new Error('give the path of the file to write');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(billOfMaterials(), null, 2)}\n`);
}
