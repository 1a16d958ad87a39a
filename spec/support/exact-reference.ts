/** The weight of the lowest bit of a double: every double is a multiple of 2^-1074. */
const LOWEST_BIT = 1074n;
const MANTISSA_BITS = 53;

/** Returns a finite double in units of 2^-1074, without rounding. */
export function toUnits(value: number): bigint {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const word = bits.getBigUint64(0);
  const exponent = (word >> 52n) & 0x7ffn;
  const fraction = word & ((1n << 52n) - 1n);
  const size = exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n);
  return word >> 63n === 1n ? -size : size;
}

/** Returns the double that is nearest to a number of units, the even one of two that are equally near. */
export function fromUnits(units: bigint): number {
  const size = units < 0n ? -units : units;
  const excess = BigInt(Math.max(0, size.toString(2).length - MANTISSA_BITS));
  const half = excess === 0n ? 0n : 1n << (excess - 1n);
  const kept = size >> excess;
  const rest = size - (kept << excess);
  const isUp = excess > 0n && (rest > half || (rest === half && kept % 2n === 1n));
  const rounded = isUp ? kept + 1n : kept;
  // Two steps, since 2^-1074 times a large number leaves the range of a double on its way.
  const exponent = Number(excess - LOWEST_BIT);
  const first = Math.trunc(exponent / 2);
  const value = Number(rounded) * 2 ** first * 2 ** (exponent - first);
  return units < 0n ? -value : value;
}

/** The sum of doubles, rounded once. */
export function referenceSum(values: readonly number[]): number {
  return fromUnits(values.reduce((sum, value) => sum + toUnits(value), 0n));
}
