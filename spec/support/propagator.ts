import type * as Lazy from '../../lib/lazy.cjs';

export { createPropagator } from '../../lib/otlp/propagator.js';

/** Makes the code of the propagators impossible to load, as in an installation under way. */
export function breakPropagatorCode(): void {
  jest.spyOn(jest.requireActual<typeof Lazy>('../../lib/lazy.cjs'), 'loadCore').mockImplementation(() => {
    throw new Error('no such file');
  });
}
