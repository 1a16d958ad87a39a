import { type MetricSpec, type Variant, variantsOf } from '../catalogue/metric-spec.js';

type Labels = Readonly<Record<string, string>>;

/** One admitted set of values of open labels. The series of every metric hang off its `id`, a small integer. */
export interface LabelSet {
  readonly id: number;
  readonly labels: Labels;
}

/** The set of metrics without open labels. */
export const NO_LABELS: LabelSet = { id: 0, labels: Object.freeze({}) };

/** Whether a recorder still records; all its series share one. */
export interface Recording {
  isOver: boolean;
}

/**
 * The series of one metric, each one combination of open labels and one of closed labels, made on first use.
 *
 * They are found by two indices: no key is built and nothing is hashed in a record.
 */
export class SeriesTable<Cell> {
  /** The series made so far, in order of their making. */
  readonly cells: Cell[] = [];
  private readonly variants: readonly Variant[];
  /** By variant, then by label set: most metrics see few of their variants. */
  private readonly byVariant: (Cell | undefined)[][];
  private readonly make: (attributes: Labels) => Cell;

  constructor(metric: MetricSpec, make: (attributes: Labels) => Cell) {
    this.variants = variantsOf(metric);
    this.byVariant = this.variants.map(() => []);
    this.make = make;
  }

  /** The cell of a series. */
  cell(labelSet: LabelSet, variant: number): Cell {
    return this.byVariant[variant]?.[labelSet.id] ?? this.create(labelSet, variant);
  }

  /** The index of the variant with exactly these labels. */
  variant(labels: Variant): number {
    const keys = Object.keys(labels);
    const index = this.variants.findIndex(
      (variant) =>
        Object.keys(variant).length === keys.length && keys.every((key) => variant[key] === labels[key]),
    );
    if (index < 0) throw new RangeError(`no variant ${JSON.stringify(labels)}`);
    return index;
  }

  /** Makes the cells of all variants of a label set. */
  createAll(labelSet: LabelSet = NO_LABELS): void {
    for (let variant = 0; variant < this.variants.length; variant += 1) this.cell(labelSet, variant);
  }

  private create(labelSet: LabelSet, variant: number): Cell {
    const closed = this.variants[variant] ?? {};
    // Frozen: the SDK keeps this very object, and a later change of it would corrupt the labels.
    const attributes =
      Object.keys(closed).length === 0 ? labelSet.labels : Object.freeze({ ...labelSet.labels, ...closed });
    const cell = this.make(attributes);
    const cells = this.byVariant[variant];
    if (cells !== undefined) cells[labelSet.id] = cell;
    this.cells.push(cell);
    return cell;
  }
}
