/** The lists of names that have a limit of their own. */
export const NAME_LISTS = [
  'provider',
  'model',
  'route',
  'upstream',
  'budget',
  'host',
  'guest',
  'guest_model',
  'call',
  'operation',
] as const;

export type NameList = (typeof NAME_LISTS)[number];

/** Decides which values get a name of their own, and which become `other`. */
export interface Admission {
  /**
   * Whether a value is among the first of its list.
   *
   * Asked at the first sight of a value: never again for one that was admitted, but each time for one that was not.
   * Never throws.
   *
   * @param limit - the most values of the list that get a name.
   */
  admits(list: NameList, key: string, limit: number): boolean;
}

/** Creates the admission of one process, which is a count: no value is asked for again once it is admitted. */
export function createAdmission(): Admission {
  const counts = new Map<NameList, number>();
  return {
    admits(list, _key, limit) {
      const count = counts.get(list) ?? 0;
      if (count >= limit) return false;
      counts.set(list, count + 1);
      return true;
    },
  };
}

/** The key of several names. The lengths keep names apart that contain any character. */
export function keyOf(first: string, second: string): string {
  return `${first.length} ${first}${second}`;
}
