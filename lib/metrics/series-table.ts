import type { MetricSpec } from '../catalogue/metric-spec.js';
import { type Variant, variantsOf } from '../catalogue/variants.js';
import { ROOT_SCOPE, type Scope } from './scopes.js';

/**
 * The series of one metric: scope times variant, found by index and made on first use.
 *
 * A flat array is what keeps a record at a few nanoseconds: no key is built and nothing is hashed.
 */
export class SeriesTable<Cell> {
  readonly variants: readonly Variant[];
  /** The series made so far, in order of their making. */
  readonly cells: Cell[] = [];
  private readonly byIndex: (Cell | undefined)[] = [];

  private readonly make: (attributes: Readonly<Record<string, string>>) => Cell;

  constructor(metric: MetricSpec, make: (attributes: Readonly<Record<string, string>>) => Cell) {
    this.variants = variantsOf(metric);
    this.make = make;
  }

  /** The cell of a series. `variant` is an index of {@link variants}. */
  cell(scope: Scope, variant: number): Cell {
    return this.byIndex[scope.id * this.variants.length + variant] ?? this.create(scope, variant);
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

  /** Makes the cells of all variants of a scope. */
  createAll(scope: Scope = ROOT_SCOPE): void {
    for (let variant = 0; variant < this.variants.length; variant += 1) this.cell(scope, variant);
  }

  private create(scope: Scope, variant: number): Cell {
    // Frozen: the SDK keeps this very object, and a later change of it would corrupt the labels.
    const cell = this.make(Object.freeze({ ...scope.labels, ...this.variants[variant] }));
    this.byIndex[scope.id * this.variants.length + variant] = cell;
    this.cells.push(cell);
    return cell;
  }
}
