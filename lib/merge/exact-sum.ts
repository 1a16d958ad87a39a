/**
 * A sum without any rounding: doubles that do not overlap, the smallest first, whose mathematical sum is the value. Empty
 * is zero. From an infinity or NaN on, it is that single double.
 */
export type ExactSum = number[];

/**
 * Adds a double to a sum in place, without rounding, as in J. R. Shewchuk, "Adaptive Precision Floating-Point Arithmetic"
 * (1997). The order of the additions makes no difference, unless the sum leaves the range of a double on its way.
 */
export function addExactly(sum: ExactSum, value: number): void {
  let carried = value;
  let kept = 0;
  for (let index = 0; index < sum.length; index++) {
    const part = sum[index] ?? 0;
    const high = carried + part;
    const low = Math.abs(carried) < Math.abs(part) ? carried - (high - part) : part - (high - carried);
    if (low !== 0) sum[kept++] = low;
    carried = high;
  }
  sum.length = kept;
  if (!Number.isFinite(carried)) {
    // The lower parts are NaN, since an infinity minus itself is.
    sum.length = 0;
    sum.push(carried);
  } else if (carried !== 0) sum.push(carried);
}

/** Rounds a sum once, to the nearest double and to the even one of two that are equally near. */
export function roundSum(sum: ExactSum): number {
  let index = sum.length - 1;
  if (index < 0) return 0;
  let high = sum[index] ?? 0;
  let low = 0;
  while (index > 0 && low === 0) {
    const part = sum[--index] ?? 0;
    const before = high;
    high = before + part;
    low = part - (high - before);
  }
  // What was rounded off is half a unit: the next part, which is smaller still, decides to which side it goes.
  const next = index > 0 ? (sum[index - 1] ?? 0) : 0;
  if (low !== 0 && next !== 0 && low < 0 === next < 0) {
    const doubled = low * 2;
    const further = high + doubled;
    if (further - high === doubled) return further;
  }
  return high;
}

/** A sum as it is kept: one double if that holds it, and otherwise several. */
export type KeptSum = number | readonly number[];

/** Returns a sum and a double, without rounding. */
export function plus(sum: KeptSum, value: number): KeptSum {
  if (typeof sum === 'number') {
    const total = sum + value;
    if (isExact(sum, value, total)) return total;
  }
  const exact: ExactSum = typeof sum === 'number' ? [sum] : [...sum];
  addExactly(exact, value);
  return exact.length > 1 ? exact : (exact[0] ?? 0);
}

/** Whether the sum of two doubles was not rounded. */
function isExact(before: number, value: number, sum: number): boolean {
  const added = sum - before;
  return added === value && sum - added === before;
}

/** Sums by index. A sum that one double holds, as all counts do, takes one addition. */
export class ExactSums {
  private readonly rounded: Float64Array;
  /** The sums that one double does not hold. */
  private readonly inexact: (ExactSum | undefined)[] = [];

  constructor(size: number) {
    this.rounded = new Float64Array(size);
  }

  add(index: number, value: number): void {
    const exact = this.inexact[index];
    if (exact !== undefined) {
      addExactly(exact, value);
      return;
    }
    const before = this.rounded[index] ?? 0;
    const sum = before + value;
    if (isExact(before, value, sum)) this.rounded[index] = sum;
    else this.addInexactly(index, before, value);
  }

  private addInexactly(index: number, before: number, value: number): void {
    const exact: ExactSum = [];
    addExactly(exact, before);
    addExactly(exact, value);
    this.inexact[index] = exact;
  }

  /** Adds another sum without rounding. */
  addSum(index: number, sum: KeptSum): void {
    if (typeof sum === 'number') this.add(index, sum);
    else for (const part of sum) this.add(index, part);
  }

  /** Returns the double that is nearest to a sum. */
  get(index: number): number {
    const exact = this.inexact[index];
    return exact === undefined ? (this.rounded[index] ?? 0) : roundSum(exact);
  }
}
