import { MonitoringError } from '../lib/index.js';

describe('MonitoringError', () => {
  it('carries a code, a cause and the problems', () => {
    const cause = new Error('why');
    const problems = [{ option: 'a', variable: undefined, seen: '1', remedy: 'write 2' }];
    const error = new MonitoringError('ERR_INVALID_CONFIG', 'what', { cause, problems });
    expect([error.code, error.message, error.cause, error.problems, error.name]).toEqual([
      'ERR_INVALID_CONFIG',
      'what',
      cause,
      problems,
      'MonitoringError',
    ]);
  });

  it('is told from other errors, and from another copy of the class it is not', () => {
    expect(new MonitoringError('ERR_LISTEN_FAILED', 'x') instanceof MonitoringError).toBe(true);
    expect([new Error('x'), null, undefined, 'x', {}].some((value) => value instanceof MonitoringError)).toBe(
      false,
    );
    let Copy: typeof MonitoringError | undefined;
    jest.isolateModules(() => {
      Copy = (jest.requireActual('../lib/index.js') as { MonitoringError: typeof MonitoringError })
        .MonitoringError;
    });
    if (Copy === undefined) throw new Error('no copy');
    expect(Copy === MonitoringError).toBe(false);
    expect(new Copy('ERR_LISTEN_FAILED', 'x') instanceof MonitoringError).toBe(true);
  });
});
