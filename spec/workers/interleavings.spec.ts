import { exploreGroup } from '../support/workers/group-model.js';
import { SCENARIOS } from '../support/workers/group-scenarios.js';

describe('all interleavings of', () => {
  it.each(Object.entries(SCENARIOS))(
    '%s show what was published, once, and never less',
    (_name, scenario) => {
      expect(exploreGroup(scenario).ends).toBeGreaterThan(0);
    },
  );
});
