import { compilePattern, patternProblem } from '../support/name-patterns.js';

describe('compilePattern()', () => {
  it.each([
    ['gpt-4o', 'gpt-4o', true],
    ['gpt-4o', 'GPT-4o', true],
    ['gpt-4o', 'gpt-4o-mini', false],
    ['GPT-4*', 'gpt-4o-mini', true],
    ['gpt-4*', 'my-gpt-4', false],
    ['*', 'anything', true],
    ['*', '', true],
  ])('%s on %s is %s', (pattern, value, matches) => {
    expect(compilePattern(pattern)(value)).toBe(matches);
  });
});

describe('patternProblem()', () => {
  it.each([
    ['gpt-4o', undefined],
    ['gpt-*', undefined],
    ['*', undefined],
    ['', 'a name that is not empty'],
    [7, 'a name that is not empty'],
    ['*-mini', 'a name with * only at its end'],
    ['gpt-*-mini*', 'a name with * only at its end'],
  ])('on %j is %j', (pattern, problem) => {
    expect(patternProblem(pattern)).toBe(problem);
  });
});
