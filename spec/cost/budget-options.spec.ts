import { type BudgetOptions, type ConfigProblem, resolveConfig } from '../../lib/index.js';

function budgetsOf(budgets: readonly BudgetOptions[] | undefined) {
  const result = resolveConfig({ budgets }, {});
  if (!result.ok) throw result.error;
  return result.value.budgets;
}

function problemsOf(budgets: unknown): readonly ConfigProblem[] {
  const result = resolveConfig({ budgets: budgets as readonly BudgetOptions[] }, {});
  return result.ok ? [] : result.error.problems;
}

const DAY = { name: 'team', limitUsd: 100, window: 'day' } as const;

describe('the options of budgets', () => {
  it('are no budgets where nothing is given', () => {
    expect(budgetsOf(undefined)).toEqual([]);
  });

  it('have defaults', () => {
    const onThreshold = () => {};
    const all = {
      name: 'all',
      limitUsd: 0.5,
      window: { ms: 60_000 },
      timeZone: 'Europe/Berlin',
      match: { provider: 'openai', model: 'gpt-*' },
      thresholds: [1.2, 0.9, 0.9],
      onThreshold,
    };

    expect(budgetsOf([DAY, all])).toEqual([
      {
        ...DAY,
        timeZone: 'UTC',
        provider: '*',
        model: '*',
        thresholds: [0.5, 0.8, 1],
        onThreshold: undefined,
      },
      {
        name: 'all',
        limitUsd: 0.5,
        window: { ms: 60_000 },
        timeZone: 'Europe/Berlin',
        provider: 'openai',
        model: 'gpt-*',
        thresholds: [0.9, 1.2],
        onThreshold,
      },
    ]);
  });

  it('are refused with everything that is wrong, and nothing that is right', () => {
    const problems = problemsOf([
      DAY,
      { ...DAY, limitUsd: 5 },
      'team',
      {
        name: '',
        limitUsd: 0,
        window: 'fortnight',
        match: { provider: '*i', user: 'me' },
        thresholds: [0.5, -1],
        onThreshold: 'call me',
      },
      { name: 'short', limitUsd: Number.NaN, window: { ms: 10 }, match: 'openai' },
      { ...DAY, name: 'short', limitUsd: -1 },
    ]);

    expect(problems.map(({ option, seen }) => `${option} ${seen}`)).toEqual([
      'budgets[1].name a string of 4 characters',
      'budgets[2] a string of 4 characters',
      'budgets[3].name an empty string',
      'budgets[3].limitUsd 0',
      'budgets[3].window "fortnight"',
      'budgets[3].match.provider a string of 2 characters',
      'budgets[3].match.user a string of 2 characters',
      'budgets[3].thresholds an array of 2 items',
      'budgets[3].onThreshold a string of 7 characters',
      'budgets[4].limitUsd NaN',
      'budgets[4].window an object with 1 member',
      'budgets[4].match a string of 6 characters',
      'budgets[5].limitUsd -1',
      'budgets[5].name a string of 5 characters',
    ]);
  });

  it('are refused where they are no list', () => {
    expect(problemsOf({ team: 5 })).toEqual([
      {
        option: 'budgets',
        variable: undefined,
        seen: 'an object with 1 member',
        remedy: 'write an array, such as [{ name: "team", limitUsd: 100, window: "day" }]',
      },
    ]);
  });

  it('are refused where they do not exist, with what they may have meant', () => {
    const budget = { name: 'a', limitUsd: 1, window: 'day', treshold: [0.1], color: 'red' } as const;
    expect(problemsOf([budget])).toEqual([
      {
        option: 'budgets[0].treshold',
        variable: undefined,
        seen: 'an array of 1 item',
        remedy: 'there is no such option; did you mean thresholds?',
      },
      {
        option: 'budgets[0].color',
        variable: undefined,
        seen: 'a string of 3 characters',
        remedy: 'there is no such option; remove it',
      },
    ]);
  });
});
