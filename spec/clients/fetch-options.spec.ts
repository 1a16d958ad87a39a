import { instrumentFetch } from '../../lib/fetch.js';
import { MonitoringError } from '../../lib/index.js';

type Arguments = Parameters<typeof instrumentFetch>;

/** The options that are complained of, and what is said of them. */
function problemsOf(...args: unknown[]): unknown {
  try {
    instrumentFetch(...(args as Arguments));
    return [];
  } catch (error) {
    if (!(error instanceof MonitoringError)) throw error;
    return error.problems.map(({ option, remedy }) => `${option}: ${remedy}`);
  }
}

describe('the options of instrumentFetch()', () => {
  it.each([
    [[]],
    [[undefined, undefined]],
    [[fetch, { hosts: { 'localhost:8000': { provider: 'vllm', api: 'openai' } }, propagate: true }]],
    [[fetch, { hosts: undefined, includeStreamUsage: undefined }]],
  ])('are taken as they are documented: %j', (args) => {
    expect(problemsOf(...args)).toEqual([]);
  });

  it.each<[unknown[], string[]]>([
    [[{ hosts: {} }], ['fetch: pass the function first: instrumentFetch(globalThis.fetch, { hosts })']],
    [[fetch, null], ['options: pass an object']],
    [[fetch, { host: {} }], ['host: there is no such option; did you mean hosts?']],
    [
      [fetch, { hosts: 'localhost' }],
      ["hosts: write options by host: { 'localhost:8000': { provider: 'vllm' } }"],
    ],
    [
      [fetch, { hosts: { a: 'openai', b: { providr: 'x' } } }],
      [
        "hosts[0]: write an object, such as { provider: 'vllm' }",
        'hosts[1].providr: there is no such option; did you mean provider?',
        "hosts[1].provider: write the name of a provider, such as 'vllm'",
      ],
    ],
  ])('are refused where they are wrong, with all that is wrong: %j', (args, problems) => {
    expect(problemsOf(...args)).toEqual(problems);
  });
});
