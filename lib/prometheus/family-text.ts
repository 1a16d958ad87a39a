import type { Attributes } from '@opentelemetry/api';
import { type DataPoint, DataPointType, type MetricData } from '@opentelemetry/sdk-metrics';
import type { ExemplarSource } from './exemplar-source.js';
import type { Family, FamilyHeader } from './families.js';
import { renderLabels } from './label-text.js';
import { NumberedText } from './numbered-text.js';
import type { PageWriter } from './page-writer.js';
import {
  type BoundEnds,
  EXPONENTIAL_KIND,
  HISTOGRAM_KIND,
  NUMBER_KIND,
  type SeriesContext,
  type SeriesKind,
} from './series-text.js';

/** What is remembered of one data point between pages. */
interface Row {
  readonly attributes: Attributes;
  readonly shape: unknown;
  readonly reservedLabel: string | undefined;
  /** The slot after its last; a point that is not shown has none of its own. */
  readonly endSlot: number;
}

/** What all families of a page are written with. */
export interface FamilyContext {
  readonly writer: PageWriter;
  readonly boundEnds: BoundEnds;
  /** Absent where the format has no exemplars. */
  readonly exemplarSource: ExemplarSource | undefined;
}

/** Series after which other work may run: a fraction of a millisecond's work. */
const SERIES_PER_SLICE = 64;

/**
 * The lines of one family, kept from page to page.
 *
 * The SDK hands out the same attributes object for a series at every collection, and the series in the same order,
 * in its 2.x and 3.x lines. As long as it does, only numbers are written; from the first series that differs on,
 * all is written anew.
 */
export class FamilyText {
  private readonly numbers = new NumberedText();
  private readonly rows: Row[] = [];
  /** Whether two of its series may have the same labels. */
  private mayRepeat = false;
  /** The labels on this page, gathered once they are asked for. */
  private shown: Set<string> | undefined;
  private header = '';
  private start = 0;
  private headerEnd = 0;

  /**
   * Writes the family into a page.
   *
   * @returns the number of series shown
   */
  *write(family: Family, header: FamilyHeader, context: FamilyContext): Generator<undefined, number> {
    const { writer, boundEnds, exemplarSource } = context;
    const source = header.type === 'counter' || header.type === 'histogram' ? exemplarSource : undefined;
    this.shown = undefined;
    this.writeHeader(writer, header.text);
    let rowIndex = 0;
    let shownCount = 0;
    for (const metric of family.members) {
      const kind = kindOf(metric);
      const points = metric.dataPoints as readonly DataPoint<unknown>[];
      const series: SeriesContext = {
        name: family.sampleName,
        writer,
        numbers: this.numbers,
        boundEnds,
        exemplars: source && { source, metricName: metric.descriptor.name },
      };
      for (let from = 0; from < points.length; from += SERIES_PER_SLICE) {
        const slice = points.slice(from, from + SERIES_PER_SLICE);
        shownCount += this.writeSlice(series, kind, slice, rowIndex, family.members.length > 1);
        rowIndex += slice.length;
        yield;
      }
    }
    this.truncate(writer, rowIndex);
    return shownCount;
  }

  private writeHeader(writer: PageWriter, header: string): void {
    writer.skipTo(this.start);
    if (header === this.header) {
      this.headerEnd += writer.shift;
      this.start = writer.position;
      return;
    }
    this.rows.length = 0;
    this.numbers.truncate(0);
    this.header = header;
    this.start = writer.position;
    writer.text(header);
    this.headerEnd = writer.position;
    writer.skipTo(this.headerEnd);
  }

  private writeSlice(
    context: SeriesContext,
    kind: SeriesKind<unknown>,
    points: readonly DataPoint<unknown>[],
    firstRow: number,
    isShared: boolean,
  ): number {
    let shownCount = 0;
    let rowIndex = firstRow;
    let slot = this.slotOf(firstRow);
    for (const point of points) {
      const row = this.rows[rowIndex];
      if (
        row !== undefined &&
        row.attributes === point.attributes &&
        row.shape === kind.shapeOf(point.value)
      ) {
        if (row.endSlot > slot) kind.update(context, slot, row.endSlot, point);
      } else {
        this.truncate(context.writer, rowIndex);
        this.append(context, kind, point, isShared);
      }
      rowIndex++;
      const endSlot = this.slotOf(rowIndex);
      if (endSlot > slot) shownCount++;
      slot = endSlot;
    }
    return shownCount;
  }

  private append(
    context: SeriesContext,
    kind: SeriesKind<unknown>,
    point: DataPoint<unknown>,
    isShared: boolean,
  ): void {
    const { reservedLabel } = kind;
    const labels = renderLabels(point.attributes, reservedLabel);
    // Only text that says less than the attributes can occur twice in one metric; the others need no check.
    if (isShared || labels.lossy) this.mayRepeat = true;
    if (!this.mayRepeat || this.isFirst(labels.text)) kind.append(context, labels.text, point);
    this.rows.push({
      attributes: point.attributes,
      shape: kind.shapeOf(point.value),
      reservedLabel,
      endSlot: this.numbers.size,
    });
  }

  /** Whether no series before has these labels. */
  private isFirst(labels: string): boolean {
    this.shown ??= new Set(
      this.rows.map(({ attributes, reservedLabel }) => renderLabels(attributes, reservedLabel).text),
    );
    if (this.shown.has(labels)) return false;
    this.shown.add(labels);
    return true;
  }

  /** Forgets the rows from one on; all before it is on the page afterwards. */
  private truncate(writer: PageWriter, rowIndex: number): void {
    const slot = this.slotOf(rowIndex);
    // The line break after the last number belongs to its series.
    const end = slot === 0 ? this.headerEnd : this.numbers.end(slot - 1) + 1;
    writer.copyTo(end - writer.shift);
    this.rows.length = rowIndex;
    this.numbers.truncate(slot);
  }

  /** The first slot of a row. */
  private slotOf(rowIndex: number): number {
    return rowIndex === 0 ? 0 : (this.rows[rowIndex - 1]?.endSlot ?? this.numbers.size);
  }
}

function kindOf({ dataPointType }: MetricData): SeriesKind<unknown> {
  // Each kind reads the points of its own type only: the one door between the SDK's union and ours.
  switch (dataPointType) {
    case DataPointType.HISTOGRAM:
      return HISTOGRAM_KIND as SeriesKind<unknown>;
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      return EXPONENTIAL_KIND as SeriesKind<unknown>;
    default:
      return NUMBER_KIND as SeriesKind<unknown>;
  }
}
