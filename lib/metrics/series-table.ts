import { type MetricSpec, type Variant, variantsOf } from '../catalogue/metric-spec.js';

type Labels = Readonly<Record<string, string>>;

/** One admitted set of values of open labels. Its `id`, a small integer, is an index of each metric's series. */
export interface LabelSet {
  readonly id: number;
  readonly labels: Labels;
}

/** The label set of metrics without open labels. */
export const NO_LABELS: LabelSet = { id: 0, labels: Object.freeze({}) };

/** Whether a recorder has stopped recording. All its series share one object. */
export interface Recording {
  isOver: boolean;
}

/**
 * The series of one metric. Each is one combination of open and closed labels, and is created on first use.
 *
 * Series are found by two indices, so that a record neither builds nor hashes a key.
 */
export class SeriesTable<Cell> {
  /** The series in the order of their creation. */
  readonly cells: Cell[] = [];
  private readonly variants: readonly Variant[];
  /** Cells by variant, then by label set, because most metrics use few of their variants. */
  private readonly byVariant: (Cell | undefined)[][];
  private readonly make: (attributes: Labels) => Cell;

  constructor(metric: MetricSpec, make: (attributes: Labels) => Cell) {
    this.variants = variantsOf(metric);
    this.byVariant = this.variants.map(() => []);
    this.make = make;
  }

  /** Returns the cell of a series. */
  cell(labelSet: LabelSet, variant: number): Cell {
    return this.byVariant[variant]?.[labelSet.id] ?? this.create(labelSet, variant);
  }

  /** Returns the index of the variant with exactly these labels. */
  variant(labels: Variant): number {
    const keys = Object.keys(labels);
    const index = this.variants.findIndex(
      (variant) =>
        Object.keys(variant).length === keys.length && keys.every((key) => variant[key] === labels[key]),
    );
    if (index < 0) throw new RangeError(`no variant ${JSON.stringify(labels)}`);
    return index;
  }

  /** Creates the cells of all variants of a label set. */
  createAll(labelSet: LabelSet = NO_LABELS): void {
    for (let variant = 0; variant < this.variants.length; variant += 1) this.cell(labelSet, variant);
  }

  private create(labelSet: LabelSet, variant: number): Cell {
    const closed = this.variants[variant] ?? {};
    // Frozen because the SDK keeps this object, and a later change would corrupt the labels.
    const attributes =
      Object.keys(closed).length === 0 ? labelSet.labels : Object.freeze({ ...labelSet.labels, ...closed });
    const cell = this.make(attributes);
    const cells = this.byVariant[variant];
    if (cells !== undefined) cells[labelSet.id] = cell;
    this.cells.push(cell);
    return cell;
  }
}
