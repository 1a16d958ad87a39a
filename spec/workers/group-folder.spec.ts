import fs, { chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { groupKeyOf, nameOfGroup, openGroupFolder } from '../support/workers/open-folder.js';

const key = { ...groupKeyOf('0.0.0.0', 9464, 'gateway'), uid: process.getuid?.() };
let parent: string;
const ofUser = (): string => join(parent, `llm-edge-${key.uid}`);
const ofGroup = (): string => join(ofUser(), nameOfGroup(key));

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'group-'));
});
afterEach(() => {
  chmodSync(parent, 0o700);
  rmSync(parent, { recursive: true });
});

describe('openGroupFolder()', () => {
  it('makes a folder that nobody else can read, and opens the same one again', () => {
    const opened = { ok: true, path: ofGroup() };
    expect([openGroupFolder(key, parent), openGroupFolder(key, `${parent}/`)]).toEqual([opened, opened]);
    const modes = [ofUser(), ofGroup()].map((path) => lstatSync(path).mode & 0o777);
    expect([modes, readdirSync(ofGroup())]).toEqual([[0o700, 0o700], []]);
  });

  it('takes the folder for temporary files by default', () => {
    const opened = openGroupFolder({ ...key, serviceName: parent }, undefined);
    expect(opened).toEqual({ ok: true, path: expect.stringContaining(`${tmpdir()}/llm-edge-${key.uid}/`) });
    if (opened.ok) rmSync(opened.path, { recursive: true });
  });

  it.each<[string, () => void, string]>([
    [
      'a link in place of the folder of the user',
      () => {
        mkdirSync(join(parent, 'other'), { mode: 0o700 });
        symlinkSync(join(parent, 'other'), ofUser());
      },
      'llm-edge-\\d+ is not a folder',
    ],
    [
      'a link in place of the folder of the group',
      () => {
        mkdirSync(ofUser(), { mode: 0o700 });
        symlinkSync(parent, ofGroup());
      },
      '[0-9a-f]{16} is not a folder',
    ],
    [
      'a folder of the user that others can read',
      () => {
        mkdirSync(ofUser());
        chmodSync(ofUser(), 0o750);
      },
      'llm-edge-\\d+ is open to other users',
    ],
    [
      'a folder of the group that others can write',
      () => {
        mkdirSync(ofUser(), { mode: 0o700 });
        mkdirSync(ofGroup());
        chmodSync(ofGroup(), 0o702);
      },
      '[0-9a-f]{16} is open to other users',
    ],
    ['no parent', () => rmSync(parent, { recursive: true }), 'ENOENT'],
  ])('says why it does not use %s', (_name, make, reason) => {
    make();
    const opened = openGroupFolder(key, parent);
    mkdirSync(parent, { recursive: true });
    expect(opened).toEqual({ ok: false, reason: expect.stringMatching(reason) });
  });

  it('does not use a folder of another user', () => {
    const other = { ...key, uid: (key.uid ?? 0) + 1 };
    mkdirSync(join(parent, `llm-edge-${other.uid}`), { mode: 0o700 });
    expect(openGroupFolder(other, parent)).toEqual({
      ok: false,
      reason: expect.stringMatching(/llm-edge-\d+ belongs to another user$/),
    });
  });

  it('does not use a folder in which a socket has no room', () => {
    const long = join(parent, 'x'.repeat(100));
    mkdirSync(long);
    expect(openGroupFolder(key, long)).toEqual({
      ok: false,
      reason: expect.stringMatching(/would have a path of \d+ bytes, and systems take 103$/),
    });
    expect(readdirSync(long)).toEqual([]);
  });

  it.each([
    [0x6969, 'NFS'],
    [0xff534d42, 'CIFS'],
    [0xff534d42 | 0, 'CIFS'],
    [0x00c36400, 'Ceph'],
  ])('does not use a network file system of type %d', (type, name) => {
    jest.spyOn(fs, 'statfsSync').mockReturnValue({ type } as ReturnType<typeof fs.statfsSync>);
    expect(openGroupFolder(key, parent)).toEqual({
      ok: false,
      reason: `${ofGroup()} is on a network file system, ${name}`,
    });
  });

  it.each(['ENOSPC', 'EROFS', 'EPERM'])('does not use a disk that fails with %s', (code) => {
    jest.spyOn(fs, 'linkSync').mockImplementation(() => {
      throw Object.assign(new Error(`${code}: no, link`), { code });
    });
    expect(openGroupFolder(key, parent)).toEqual({ ok: false, reason: `${code}: no, link` });
    expect(readdirSync(ofGroup())).toEqual([]);
  });

  it('does not exist where users have no ids', () => {
    const opened = openGroupFolder({ ...key, uid: undefined }, parent);
    expect(opened).toEqual({ ok: false, reason: 'this system has no user ids' });
  });
});

describe('nameOfGroup()', () => {
  it.each([
    { uid: 12_345 },
    { host: '127.0.0.1' },
    { port: 9465 },
    { serviceName: 'other' },
    { bootId: 'other' },
    { networkNamespace: 'other' },
  ])('differs with %p', (other) => {
    expect(nameOfGroup({ ...key, ...other })).not.toBe(nameOfGroup(key));
  });
});
