import type { Arithmetic } from '../merge/published.js';
import { checksum } from './checksum.js';

/** What one generation of the group knows of its dead. */
export interface Dead<Totals> {
  /** Counts the generations from 1 on; 0 where nobody has died yet. */
  readonly generation: number;
  readonly epoch: number;
  /** Stated by the worker that began the epoch. */
  readonly founder: string | undefined;
  readonly deaths: { readonly clean: number; readonly lost: number };
  /** The lives that have been folded of late: when, and which of their publications. */
  readonly folded: ReadonlyMap<string, Folded>;
  readonly totals: Totals;
}

export interface Folded {
  readonly generation: number;
  /** The publication that the totals contain; 0 where none could be read. */
  readonly sequence: number;
}

/** Changes with each change of the layout, that of the totals included. */
const VERSION = 1;
const MAGIC = 0x4445_4c4c;
const HEADER_BYTES = 16;
const AT = { magic: 0, version: 4, checksum: 8, length: 12 };
const CHECKED_FROM = AT.length;
const FOUNDER_MAX = 256;

/** What a group knows of its dead before the first one. */
export const nobodyDead = <Totals>(empty: Totals): Dead<Totals> => ({
  generation: 0,
  epoch: 0,
  founder: undefined,
  deaths: { clean: 0, lost: 0 },
  folded: new Map(),
  totals: empty,
});

export function encodeDead<Totals>(dead: Dead<Totals>, arithmetic: Arithmetic<Totals>): Buffer {
  const { epoch, founder = null, deaths, folded } = dead;
  const ids = [...folded].map(([id, { generation, sequence }]) => [id, generation, sequence]);
  const json = Buffer.from(
    JSON.stringify({ epoch, founder: founder?.slice(0, FOUNDER_MAX) ?? null, ...deaths, ids }),
  );
  const header = Buffer.alloc(HEADER_BYTES);
  const bytes = Buffer.concat([header, json, arithmetic.encode(dead.totals)]);
  bytes.writeUInt32LE(MAGIC, AT.magic);
  bytes.writeUInt32LE(VERSION, AT.version);
  bytes.writeUInt32LE(json.length, AT.length);
  bytes.writeUInt32LE(checksum(bytes.subarray(CHECKED_FROM)), AT.checksum);
  return bytes;
}

/** Reads a file of sums; `format` for one of another version, `undefined` for bytes that are none. */
export function decodeDead<Totals>(
  generation: number,
  bytes: Buffer,
  arithmetic: Arithmetic<Totals>,
): Dead<Totals> | 'format' | undefined {
  if (bytes.length < HEADER_BYTES || bytes.readUInt32LE(AT.magic) !== MAGIC) return undefined;
  if (bytes.readUInt32LE(AT.version) !== VERSION) return 'format';
  if (checksum(bytes.subarray(CHECKED_FROM)) !== bytes.readUInt32LE(AT.checksum)) return undefined;
  const end = HEADER_BYTES + bytes.readUInt32LE(AT.length);
  const head = parseHead(bytes.subarray(HEADER_BYTES, end));
  const totals = arithmetic.decode(bytes.subarray(end));
  return head === undefined || totals === undefined ? undefined : { ...head, generation, totals };
}

function parseHead(bytes: Buffer): Omit<Dead<unknown>, 'generation' | 'totals'> | undefined {
  try {
    const { epoch, founder, clean, lost, ids } = JSON.parse(bytes.toString());
    if (![epoch, clean, lost].every(isCount) || !Array.isArray(ids)) return undefined;
    const folded = new Map<string, Folded>();
    for (const [id, generation, sequence] of ids) {
      if (typeof id !== 'string' || !isCount(generation) || !isCount(sequence)) return undefined;
      folded.set(id, { generation, sequence });
    }
    return {
      epoch,
      founder: typeof founder === 'string' ? founder : undefined,
      deaths: { clean, lost },
      folded,
    };
  } catch {
    // The checksum is right, so another program has written it: as good as no sums.
    return undefined;
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
