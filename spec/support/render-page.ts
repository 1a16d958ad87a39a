import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { RenderedText, TextRenderer } from '../../lib/prometheus/render-text.js';

/** What a renderer makes of a collection, without pauses. */
export function renderWhole(renderer: TextRenderer, resourceMetrics: ResourceMetrics): RenderedText {
  const rendering = renderer.render(resourceMetrics);
  for (;;) {
    const next = rendering.next();
    if (next.done === true) return next.value;
  }
}

/** The text of {@link renderWhole}. */
export function renderPage(renderer: TextRenderer, resourceMetrics: ResourceMetrics): string {
  return renderWhole(renderer, resourceMetrics).body.toString();
}
