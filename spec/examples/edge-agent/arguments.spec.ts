import { parseArguments, USAGE } from '../../../examples/edge-agent/arguments.js';

const DEFAULTS = {
  requests: undefined,
  rate: 20,
  concurrency: 64,
  seed: 1,
  host: '127.0.0.1',
  port: 8787,
  metricsPort: undefined,
  isUntilEof: false,
  isJson: false,
  isDetailed: false,
  isHeld: false,
  isInstant: false,
  isFaulty: false,
  outages: [],
  isMonitored: true,
};

describe('parseArguments()', () => {
  it('has defaults', () => {
    expect(parseArguments([])).toEqual({ kind: 'run', arguments: DEFAULTS });
  });

  it('reads every flag', () => {
    const line =
      '--requests 300 --rate max --concurrency 8 --seed 7 --host 0.0.0.0 --port 0 --metrics-port 0 --until-eof --json --details --hold --instant --outage anthropic --outage openai';
    expect(parseArguments([...line.split(' '), '--no-monitoring'])).toEqual({
      kind: 'run',
      arguments: {
        requests: 300,
        rate: 'max',
        concurrency: 8,
        seed: 7,
        host: '0.0.0.0',
        port: 0,
        metricsPort: 0,
        isUntilEof: true,
        isJson: true,
        isDetailed: true,
        isHeld: true,
        isInstant: true,
        isFaulty: false,
        outages: ['anthropic', 'openai'],
        isMonitored: false,
      },
    });
  });

  it('prefers help', () => {
    expect(parseArguments(['--requests', 'many', '-h'])).toEqual({ kind: 'help' });
  });

  it('tells all wrong values at once', () => {
    expect(parseArguments(['--requests', '0', '--rate', '1.5', '--port', '70000', '--seed', '-1'])).toEqual({
      kind: 'wrong',
      problem: expect.stringContaining("'--seed'"),
    });
    expect(parseArguments(['--requests', '0', '--rate', '1.5', '--port', '70000'])).toEqual({
      kind: 'wrong',
      problem: [
        '--requests must be a whole number from 1 to 1000000000, not "0"',
        '--rate must be a whole number from 1 to 100000, not "1.5"',
        '--port must be a whole number from 0 to 65535, not "70000"',
      ].join('\n'),
    });
  });

  it('says which providers can be down', () => {
    expect(parseArguments(['--outage', 'mistral'])).toEqual({
      kind: 'wrong',
      problem: '--outage must be openai or anthropic, not "mistral"',
    });
  });

  it('reads --faults, which providers that answer at once cannot have', () => {
    expect(parseArguments(['--faults'])).toMatchObject({ kind: 'run', arguments: { isFaulty: true } });
    expect(parseArguments(['--faults', '--instant']).kind).toBe('wrong');
  });

  it.each([['--frobnicate'], ['stray'], ['--requests']])('refuses %s', (...args) => {
    expect(parseArguments(args).kind).toBe('wrong');
  });

  it('explains in the usage every flag that it knows', () => {
    const flags = [...USAGE.matchAll(/^ {2}--([a-z-]+)/gm)].map(([, flag]) => flag);
    const withValue = (flag: string) =>
      ({ rate: '5', requests: '5', concurrency: '5', outage: 'openai' })[flag] ?? '0';
    const kinds = flags.map((flag = '') => {
      const asBoolean = parseArguments([`--${flag}`]).kind;
      return asBoolean === 'wrong' ? parseArguments([`--${flag}`, withValue(flag)]).kind : asBoolean;
    });
    expect(kinds).toEqual(flags.map((flag) => (flag === 'help' ? 'help' : 'run')));
    expect(flags).toHaveLength(16);
  });
});
