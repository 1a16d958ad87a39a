import { nameProblem } from '../catalogue/names.js';

/** What a model is called when the request names none that can be read. */
export const UNKNOWN_MODEL = 'unknown';

/**
 * A model that a request names; `undefined` where it names none. One that is blank is none: nothing is recorded under such
 * a name, and servers that go by another one would work uncounted.
 */
export function namedModel(name: string | undefined): string | undefined {
  return nameProblem(name) === 'invalid_name' ? undefined : name;
}
