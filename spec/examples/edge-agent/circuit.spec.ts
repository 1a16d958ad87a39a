import { createCircuit } from '../../../examples/edge-agent/circuit.js';

function createHarness() {
  const time = { nowMs: 0 };
  const changes: string[] = [];
  const circuit = createCircuit({
    failuresMax: 3,
    coolDownMs: 1000,
    now: () => time.nowMs,
    onChange: (state) => changes.push(state),
  });
  const fail = (times: number) => {
    for (let count = 0; count < times; count += 1) circuit.failed();
  };
  return { circuit, time, changes, fail };
}

describe('createCircuit()', () => {
  it('lets requests through while failures are not in a row', () => {
    const { circuit, changes, fail } = createHarness();
    fail(2);
    circuit.succeeded();
    fail(2);
    expect([circuit.refusal(), circuit.state, changes]).toEqual([undefined, 'closed', []]);
  });

  it('opens at the last of so many failures in a row', () => {
    const { circuit, changes, fail } = createHarness();
    fail(3);
    expect([circuit.refusal(), changes]).toEqual(['circuit_open', ['open']]);
  });

  it('lets one request through after the cool-down, and all once that one succeeded', () => {
    const { circuit, time, changes, fail } = createHarness();
    fail(3);
    time.nowMs = 1000;
    const whileProbing = [circuit.refusal(), circuit.refusal()];
    circuit.succeeded();
    expect([whileProbing, circuit.refusal(), changes]).toEqual([
      [undefined, 'circuit_open'],
      undefined,
      ['open', 'half_open', 'closed'],
    ]);
  });

  it('opens again, for another cool-down, when the probe fails', () => {
    const { circuit, time, changes, fail } = createHarness();
    fail(3);
    time.nowMs = 1000;
    circuit.refusal();
    circuit.failed();
    time.nowMs = 1999;
    expect([circuit.refusal(), changes]).toEqual(['circuit_open', ['open', 'half_open', 'open']]);
  });

  it('probes again when the caller of the probe went away', () => {
    const { circuit, time, fail } = createHarness();
    fail(3);
    time.nowMs = 1000;
    circuit.refusal();
    circuit.abandoned();
    expect([circuit.refusal(), circuit.state]).toEqual([undefined, 'half_open']);
  });

  it('ignores what began before it opened', () => {
    const { circuit, time, fail } = createHarness();
    fail(3);
    time.nowMs = 900;
    circuit.succeeded();
    circuit.failed();
    const early = circuit.refusal();
    time.nowMs = 1000;
    expect([early, circuit.refusal()]).toEqual(['circuit_open', undefined]);
  });

  it('rests while paused without becoming unhealthy', () => {
    const { circuit, time, changes } = createHarness();
    circuit.pause(500);
    time.nowMs = 100;
    const paused = [circuit.refusal(), circuit.pauseLeftMs()];
    time.nowMs = 500;
    expect(paused).toEqual(['rate_limited', 400]);
    expect([circuit.refusal(), circuit.pauseLeftMs(), changes]).toEqual([undefined, 0, []]);
  });
});
