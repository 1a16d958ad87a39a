import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openGroup } from '../support/workers/open-group.js';

let folder: string;
const inside = (name: string): string => join(folder, name);
const open = () => openGroup(folder, 'aaaaaaaaaaaa').store;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('createFolderStore()', () => {
  it.each<[string, (path: string) => void]>([
    ['a link', (path) => symlinkSync(join(__dirname, 'folder-store.spec.ts'), path)],
    ['a pipe', (path) => void execFileSync('mkfifo', [path])],
    ['a folder', (path) => mkdirSync(path)],
    [
      'a file over the bound',
      (path) => {
        writeFileSync(path, '');
        truncateSync(path, 16 * 1024 * 1024 + 1);
      },
    ],
  ])('reads nothing from %s', (_name, make) => {
    make(inside('v0.bbbbbbbbbbbb'));
    const store = open();
    expect([
      store.read('v0.bbbbbbbbbbbb'),
      store.readFrom('v0.bbbbbbbbbbbb', 3),
      store.read('missing'),
    ]).toEqual([undefined, undefined, undefined]);
  });

  it.each<[string, (path: string) => void]>([
    ['a link', (path) => symlinkSync(inside('elsewhere'), path)],
    ['a folder', (path) => mkdirSync(path)],
  ])('writes nothing through %s', (_name, make) => {
    make(inside('v0.aaaaaaaaaaaa'));
    const store = open();
    expect(() => store.write('v0.aaaaaaaaaaaa', Buffer.from('x'))).toThrow();
    expect(() => store.append('v0.aaaaaaaaaaaa', Buffer.from('x'))).toThrow();
    expect(store.list()).toEqual(['v0.aaaaaaaaaaaa']);
  });

  it('writes in place, from the first byte on', () => {
    const store = open();
    store.write('v0.aaaaaaaaaaaa', Buffer.from('first'));
    store.write('v0.aaaaaaaaaaaa', Buffer.from('FI'));
    store.append('d.aaaaaaaaaaaa', Buffer.from('one'));
    store.append('d.aaaaaaaaaaaa', Buffer.from('two'));
    expect([
      readFileSync(inside('v0.aaaaaaaaaaaa'), 'utf8'),
      String(store.read('d.aaaaaaaaaaaa')),
      String(store.readFrom('d.aaaaaaaaaaaa', 4)),
      String(store.readFrom('d.aaaaaaaaaaaa', 99)),
    ]).toEqual(['FIrst', 'onetwo', 'wo', '']);
  });

  it('creates a file once, and leaves no draft', () => {
    const store = open();
    const other = open();
    expect([store.create('dead.1', Buffer.from('a')), other.create('dead.1', Buffer.from('b'))]).toEqual([
      true,
      false,
    ]);
    expect([store.list(), String(store.read('dead.1'))]).toEqual([['dead.1'], 'a']);
  });

  it('writes a file again that somebody has removed', () => {
    const store = open();
    store.write('v0.aaaaaaaaaaaa', Buffer.from('first'));
    rmSync(inside('v0.aaaaaaaaaaaa'));
    store.write('v0.aaaaaaaaaaaa', Buffer.from('second'));
    store.remove('v1.aaaaaaaaaaaa');
    expect(String(store.read('v0.aaaaaaaaaaaa'))).toBe('second');
  });

  it('throws what the system throws where the folder is gone', () => {
    const store = openGroup(inside('gone'), 'aaaaaaaaaaaa').store;
    for (const write of ['write', 'append', 'create'] as const)
      expect(() => store[write]('v0.aaaaaaaaaaaa', Buffer.from('x'))).toThrow('ENOENT');
    expect(() => store.list()).toThrow('ENOENT');
  });
});
