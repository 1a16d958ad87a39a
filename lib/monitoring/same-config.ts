import { isObject } from '../config/issues.js';
import type { MonitoringConfig } from './resolve-config.js';

/**
 * Compares by content. Prototypes do not count, unlike in `isDeepStrictEqual`: the ESM and the CommonJS copy of this
 * package resolve equal options to objects of different classes.
 */
function sameContent(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (!isObject(a) || !isObject(b)) return false;
  if (a instanceof Map && b instanceof Map) return sameContent([...a], [...b]);
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameContent(a[key as never], b[key as never]))
  );
}

/**
 * Whether two configurations would start the same monitoring. Objects of the user are compared by identity. It makes no
 * difference where a setting came from.
 */
export function sameConfig(a: MonitoringConfig, b: MonitoringConfig): boolean {
  const { parts: partsOfA, variables: _, warnings: __, ...settingsOfA } = a;
  const { parts: partsOfB, variables: ___, warnings: ____, ...settingsOfB } = b;
  const { resourceDetectors: detectors = [], ...objects } = partsOfA;
  const { resourceDetectors: others = [], ...otherObjects } = partsOfB;
  return (
    detectors.length === others.length &&
    detectors.every((detector, index) => detector === others[index]) &&
    Object.entries(objects).every(([key, value]) => value === otherObjects[key as never]) &&
    sameContent(settingsOfA, settingsOfB)
  );
}
