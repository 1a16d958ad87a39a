import { lifeFile } from './file-names.js';
import type { Store } from './store.js';
import { type DecodedValues, decodeValues } from './values-file.js';

type Values = Exclude<DecodedValues, string>;

/** Two files are read once each, and again for each one that was being written. */
const READS_MAX = 8;

/**
 * Reads the last values that a life has published.
 *
 * A file that is being written is torn. The values in the other one are newer than any that were seen in the torn one
 * before, but only if they are read after it: hence they may have to be read again.
 */
export function readValues(store: Store, id: string): Values | 'missing' | 'unreadable' | 'format' {
  let newest: Values | undefined;
  let isTorn = false;
  for (let count = 1; count <= READS_MAX; count += 1) {
    const bytes = store.read(lifeFile(count % 2 === 0 ? 'v0' : 'v1', id));
    const values = bytes === undefined ? 'missing' : decodeValues(id, bytes);
    if (values === 'format') return 'format';
    const wasTorn = isTorn;
    isTorn = values === 'torn';
    if (typeof values === 'object' && !(newest !== undefined && newest.sequence > values.sequence))
      newest = values;
    if (isTorn || count === 1) continue;
    // Missing after a torn one: the first publication is being written, or the life is being removed.
    if (newest !== undefined) return newest;
    return wasTorn ? 'unreadable' : 'missing';
  }
  return newest ?? 'unreadable';
}
