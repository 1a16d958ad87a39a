import { createHash } from 'node:crypto';
import type { WindowSpending } from '../budgets/ledger.js';

/** What one worker spent of the budgets of its machine. */
export interface SpentFile {
  /** Of the group when the worker wrote it. */
  readonly epoch: number;
  /** Whether the worker has shut down, so that the file never changes again. */
  readonly isFinal: boolean;
  readonly spendings: readonly WindowSpending[];
}

export const SPENT_BYTES_MAX = 64 * 1024;
/** No budget is that large, and the sum of all files stays finite. */
const SPENT_USD_MAX = 1e15;

/** The format with its version, the length of the text after it, and a checksum: the file is written in place. */
const HEADER = /^llm-edge-spent-1 (\d{1,5}) ([0-9a-f]{16})\n/;
const HEADER_BYTES_MAX = 48;
/** Files grow by whole blocks, so that most writes need no further space on a full disk. */
const BLOCK_BYTES = 4096;

/** Returns `undefined` for what would be larger than a reader accepts. */
export function encodeSpent({ epoch, isFinal, spendings }: SpentFile): Buffer | undefined {
  const text = Buffer.from(JSON.stringify([epoch, isFinal, rowsOf(spendings)]));
  const header = Buffer.from(`llm-edge-spent-1 ${text.length} ${checksum(text)}\n`);
  const length = Math.ceil((header.length + text.length) / BLOCK_BYTES) * BLOCK_BYTES;
  return length > SPENT_BYTES_MAX ? undefined : Buffer.concat([header, text], length);
}

/** Returns `undefined` for a file that is half written, of another format, or not one of ours. */
export function decodeSpent(bytes: Buffer): SpentFile | undefined {
  if (bytes.length > SPENT_BYTES_MAX) return undefined;
  const [header, length, sum] = HEADER.exec(bytes.toString('latin1', 0, HEADER_BYTES_MAX)) ?? [];
  if (header === undefined) return undefined;
  const end = header.length + Number(length);
  const text = bytes.subarray(header.length, end);
  if (bytes.length < end || checksum(text) !== sum) return undefined;
  try {
    return read(JSON.parse(text.toString()));
  } catch {
    return undefined;
  }
}

function read(value: unknown): SpentFile | undefined {
  if (!Array.isArray(value)) return undefined;
  const [epoch, isFinal, rows] = value as readonly unknown[];
  const spendings = readSpendings(rows);
  if (!Number.isSafeInteger(epoch) || typeof isFinal !== 'boolean' || spendings === undefined)
    return undefined;
  return { epoch: epoch as number, isFinal, spendings };
}

/** The form in which spendings are written. */
export function rowsOf(spendings: readonly WindowSpending[]): readonly unknown[] {
  return spendings.map(({ budget, startMs, endMs, spentUsd }) => [budget, startMs, endMs, spentUsd]);
}

/** Returns `undefined` for what is not a list of rows. */
export function readSpendings(rows: unknown): readonly WindowSpending[] | undefined {
  if (!Array.isArray(rows)) return undefined;
  const spendings = rows.map(readRow);
  return spendings.every((one) => one !== undefined) ? spendings : undefined;
}

function readRow(row: unknown): WindowSpending | undefined {
  if (!Array.isArray(row)) return undefined;
  const [budget, startMs, endMs, spentUsd] = row as readonly unknown[];
  if (typeof budget !== 'string' || !isFiniteNumber(startMs) || !isFiniteNumber(endMs)) return undefined;
  const isAmount = isFiniteNumber(spentUsd) && spentUsd > 0 && spentUsd <= SPENT_USD_MAX;
  return isAmount ? { budget, startMs, endMs, spentUsd } : undefined;
}

function isFiniteNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function checksum(text: Uint8Array): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
