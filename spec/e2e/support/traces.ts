import type { StoredSpan } from './trace-store.js';

/** A span whose parent is not in the store, with all that began in it. */
export interface Trace {
  readonly root: StoredSpan;
  /** By their start. */
  readonly children: readonly StoredSpan[];
}

/** Puts spans under their parents. */
export function tracesOf(spans: readonly StoredSpan[]): readonly Trace[] {
  const known = new Set(spans.map(idOf));
  const byParent = new Map<string, StoredSpan[]>();
  for (const span of spans) {
    const siblings = byParent.get(parentIdOf(span)) ?? [];
    siblings.push(span);
    byParent.set(parentIdOf(span), siblings);
  }
  return spans
    .filter((span) => !known.has(parentIdOf(span)))
    .map((root) => {
      const children = byParent.get(idOf(root)) ?? [];
      return { root, children: children.sort((left, right) => left.startedAtMs - right.startedAtMs) };
    });
}

function idOf({ traceId, spanId }: StoredSpan): string {
  return `${traceId} ${spanId}`;
}

function parentIdOf({ traceId, parentSpanId }: StoredSpan): string {
  return `${traceId} ${parentSpanId}`;
}
