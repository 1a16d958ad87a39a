import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';

/** What the workers of one group have in common: they contend for one address, for one service. */
export interface GroupKey {
  /** The user; `undefined` on systems without users' ids. */
  readonly uid: number | undefined;
  readonly host: string;
  readonly port: number;
  readonly serviceName: string;
  /** Changes with each boot, as the monotonic clock starts anew; empty where the system does not tell. */
  readonly bootId: string;
  /** Containers on one volume have ports of their own; empty where the system does not tell. */
  readonly networkNamespace: string;
}

const LENGTH = 16;

/** The key of the group that this process belongs to. */
export function groupKeyOf(host: string, port: number, serviceName: string): GroupKey {
  return {
    uid: process.getuid?.(),
    host,
    port,
    serviceName,
    bootId: readBestEffort(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    networkNamespace: readBestEffort(() => readlinkSync('/proc/self/ns/net')),
  };
}

/** A key as the name of a folder. */
export function nameOfGroup({ uid, host, port, serviceName, bootId, networkNamespace }: GroupKey): string {
  const text = JSON.stringify([uid, host, port, serviceName, bootId, networkNamespace]);
  return createHash('sha256').update(text).digest('hex').slice(0, LENGTH);
}

function readBestEffort(read: () => string): string {
  try {
    return read();
  } catch {
    // Only Linux tells, and not in every sandbox. Workers that are not told either still find each other.
    return '';
  }
}
