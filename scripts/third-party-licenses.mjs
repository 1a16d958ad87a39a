// Collects the licences of the packages that a bundle contains, as they must go with every copy of it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const LICENSE_FILE = /^(licen[cs]e|notice|copying)([.-].*)?$/i;
const MIT = `MIT License

Copyright (c) HOLDER

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;
const RULE = `${'-'.repeat(80)}\n`;

/** The folder of the package that a bundled file belongs to: the nearest one whose manifest has a name and a version. */
function packageOf(file) {
  for (let folder = dirname(file); folder.includes('node_modules'); folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (!existsSync(manifest)) continue;
    const { name, version, license, author } = JSON.parse(readFileSync(manifest, 'utf8'));
    if (name !== undefined && version !== undefined) return { folder, name, version, license, author };
  }
  throw new Error(`${file} belongs to no package`);
}

/** The text of a licence that a package names in its manifest without having the file. */
function standardText({ name, version, license, author }) {
  const holder = author?.name ?? author;
  if (license !== 'MIT' || typeof holder !== 'string') throw new Error(`${name} ${version} has no licence`);
  return MIT.replace('HOLDER', holder.replace(/ [<(].*/, ''));
}

/**
 * The text of all licences, sorted by package.
 *
 * @param {readonly import('esbuild').Metafile[]} metafiles of the bundles.
 * @throws where a package has no licence.
 */
export function thirdPartyLicenses(metafiles) {
  const files = metafiles.flatMap(({ inputs }) => Object.keys(inputs));
  const bundled = files.filter((file) => file.includes('node_modules/')).map(packageOf);
  const packages = new Map(bundled.map((each) => [`${each.name} ${each.version}`, each]));
  const texts = [...packages].sort().map(([title, each]) => {
    const names = readdirSync(each.folder).filter((name) => LICENSE_FILE.test(name));
    const licenses = names.sort().map((name) => readFileSync(join(each.folder, name), 'utf8').trim());
    if (licenses.length === 0) licenses.push(standardText(each));
    return `${RULE}${title} (${each.license})\n${RULE}\n${licenses.join('\n\n')}\n`;
  });
  const head =
    'dist/cli, dist/demo and the status page contain the following packages, under their own licences.\n';
  return [head, ...texts].join('\n');
}
