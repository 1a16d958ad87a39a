import type { Attributes } from '@opentelemetry/api';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { DIALECTS, type Dialect, type TextFormat } from './dialect.js';
import type { ExemplarSource } from './exemplar-source.js';
import { familyHeader, groupFamilies, TARGET_INFO } from './families.js';
import { type FamilyContext, FamilyText } from './family-text.js';
import { renderLabels } from './label-text.js';
import { PageWriter } from './page-writer.js';
import { createBoundEnds } from './series-text.js';

/** What a renderer made of one collection. It stays as it is: later pages are buffers of their own. */
export interface RenderedText {
  readonly body: Buffer;
  /** Data points on the page, where a histogram counts once. */
  readonly seriesCount: number;
}

/** Renders what a MetricReader collected. One renderer serves all scrapes of its format. */
export interface TextRenderer {
  readonly contentType: string;
  /** Yields where other work may run. */
  render(resourceMetrics: ResourceMetrics): Generator<undefined, RenderedText>;
}

/** What is kept of the page before, so that only its numbers have to be written again. */
interface Kept {
  readonly writer: PageWriter;
  readonly families: ReadonlyMap<string, FamilyText>;
}

/**
 * Makes a renderer that keeps the page before and copies from it what did not change.
 *
 * @param format - what to render
 * @param exemplarSource - used by OpenMetrics only: text 0.0.4 has no exemplars
 */
export function createTextRenderer(format: TextFormat, exemplarSource?: ExemplarSource): TextRenderer {
  const dialect: Dialect = DIALECTS[format];
  const boundEnds = createBoundEnds(dialect);
  const targetInfo = createTargetInfo(dialect);
  const told = new Set<string>();
  let kept: Kept | undefined;

  function* render(resourceMetrics: ResourceMetrics): Generator<undefined, RenderedText> {
    const { writer, families: before } = kept ?? { writer: new PageWriter(), families: new Map() };
    // Taken, not shared: a render that runs beside this one, or comes after it failed, starts from nothing.
    kept = undefined;
    const families = groupFamilies(resourceMetrics, told);
    const texts = new Map<string, FamilyText>();
    const context: FamilyContext = {
      writer,
      boundEnds,
      exemplarSource: dialect.exemplars ? exemplarSource : undefined,
    };
    writer.begin();
    let seriesCount = 0;
    writer.text(targetInfo(resourceMetrics.resource.attributes));
    for (const [name, family] of families) {
      const text = before.get(name) ?? new FamilyText();
      texts.set(name, text);
      seriesCount += yield* text.write(family, familyHeader(family, families, dialect), context);
    }
    writer.text(dialect.end);
    const body = writer.finish();
    kept = { writer, families: texts };
    return { body, seriesCount };
  }

  return { contentType: dialect.contentType, render };
}

/** The lines of the Resource, made once: its attributes do not change. */
function createTargetInfo({ targetInfoHeader }: Dialect): (attributes: Attributes) => string {
  let known: Attributes | undefined;
  let text = '';
  return (attributes) => {
    if (attributes === known) return text;
    const labels = renderLabels(attributes).text;
    text = `${targetInfoHeader}${TARGET_INFO}${labels === '' ? '' : `{${labels}}`} 1\n`;
    known = attributes;
    return text;
  };
}
