import type { Resource } from '@opentelemetry/resources';
import { loadResources } from '../lazy.cjs';
import type { MergedWorker } from './merge-table.js';
import type { Published } from './published.js';

/**
 * Creates what returns the resource of a page: the attributes that all living workers agree on, and an id of the group's
 * own unless they agree on that as well. The object stays the same while its attributes do.
 */
export function createResourceCache(): (
  workers: readonly (readonly [Published, MergedWorker])[],
  instanceId: string,
) => Resource {
  let known: { readonly key: string; readonly resource: Resource } | undefined;
  return (workers, instanceId) => {
    const agreed = { 'service.instance.id': instanceId, ...agreedAttributes(workers) };
    const attributes = Object.entries(agreed).sort(([a], [b]) => (a < b ? -1 : 1));
    const key = JSON.stringify(attributes);
    if (known?.key !== key) {
      known = { key, resource: loadResources().resourceFromAttributes(Object.fromEntries(attributes)) };
    }
    return known.resource;
  };
}

function agreedAttributes(
  workers: readonly (readonly [Published, MergedWorker])[],
): Readonly<Record<string, string>> {
  const living = workers.some(([{ isEnded }]) => !isEnded)
    ? workers.filter(([{ isEnded }]) => !isEnded)
    : workers;
  const [first, ...others] = living
    .map(([, { description }]) => description.worker?.resource)
    .filter((resource) => resource !== undefined);
  return Object.fromEntries(
    Object.entries(first ?? {}).filter(([name, value]) =>
      others.every((other) => Object.hasOwn(other, name) && other[name] === value),
    ),
  );
}
