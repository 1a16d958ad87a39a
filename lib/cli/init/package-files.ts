import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Document, isMap, isScalar, isSeq, parseAllDocuments, type YAMLMap, type YAMLSeq } from 'yaml';

/** The folder of this package: the nearest one above this file, bundled or not, with a `package.json`. */
function packageRoot(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : packageRoot(dirname(folder));
}

const ROOT = packageRoot(dirname(fileURLToPath(import.meta.url)));

/** A file that this package ships, by its path from the root of the package. */
export function readPackageFile(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** Paths of the files of a shipped folder whose names end in `ending`, from the root of the package. */
export function listPackageFiles(folder: string, ending: string): readonly string[] {
  return readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => `${folder}/${name}`);
}

/** The shipped document of YAML that a path names, or the one of its documents that describes `name`. */
export function readPackageYaml(path: string, name?: string): Document {
  const documents = parseAllDocuments(readPackageFile(path));
  for (const document of documents) {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    if (name === undefined || document.getIn(['metadata', 'name']) === name) return document;
  }
  throw new Error(`${path} has no ${name ?? 'document'}`);
}

/** A document as text, its lines as long as they were, with another comment above it if one is given. */
export function writeYaml(document: Document, header?: string): string {
  if (header !== undefined) {
    // A line without text would be one without a `#`.
    document.commentBefore = header.replace(/^(?=.)|^$/gm, ' ');
    // A comment without an empty line below it is that of the first key.
    const first = isMap(document.contents) ? document.contents.items[0]?.key : undefined;
    if (isScalar(first)) first.commentBefore = null;
  }
  return document.toString({ lineWidth: 0 });
}

/** The list at a path of a document. */
export function listAt(document: Document | YAMLMap, ...path: readonly (string | number)[]): YAMLSeq {
  const list = document.getIn(path);
  if (!isSeq(list)) throw new Error(`${path.join('.')} is no list`);
  return list;
}

/** The map in a list whose `key` has a value. */
export function itemWith(list: YAMLSeq, key: string, value: string): YAMLMap {
  const item = list.items.find((it) => isMap(it) && it.get(key) === value);
  if (!isMap(item)) throw new Error(`there is no item with ${key} ${value}`);
  return item;
}
