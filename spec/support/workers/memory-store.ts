import type { Store } from '../../../lib/workers/store.js';

/** A folder in memory. */
export function createMemoryStore(from: ReadonlyMap<string, Buffer> = new Map()): Store {
  const files = from as Map<string, Buffer>;
  const over = (start: Uint8Array, rest: Uint8Array = Buffer.alloc(0)): Buffer =>
    Buffer.concat([start, rest.subarray(start.length)]);
  // Nobody shares memory with a file.
  const copyOf = (bytes: Buffer | undefined): Buffer | undefined => bytes && Buffer.from(bytes);
  return {
    list: () => [...files.keys()],
    read: (name) => copyOf(files.get(name)),
    readFrom: (name, offset) => copyOf(files.get(name)?.subarray(offset)),
    write: (name, bytes) => void files.set(name, over(bytes, files.get(name))),
    append: (name, bytes) => void files.set(name, Buffer.concat([files.get(name) ?? Buffer.alloc(0), bytes])),
    create(name, bytes) {
      if (files.has(name)) return false;
      files.set(name, Buffer.from(bytes));
      return true;
    },
    remove: (name) => void files.delete(name),
  };
}
