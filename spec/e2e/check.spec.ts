import { runChecksApart } from '../support/run-command.js';
import { type Collector, prepareCollector } from './support/collector.js';
import { stopAllPrograms } from './support/program.js';

let collector: Collector;
beforeAll(async () => {
  collector = await prepareCollector('collector', 'otel-collector/config.yaml', {});
  await collector.start();
});
afterAll(stopAllPrograms);

describe('check with the Collector of this repository', () => {
  it('has exports of nothing taken on both protocols, and says where they are mixed up', async () => {
    const run = (endpoint: string, protocol: string) => ({
      args: ['--json'],
      env: {
        LLM_EDGE_METRICS_PORT: 'none',
        OTEL_METRICS_EXPORTER: 'otlp',
        OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      },
    });
    const { otlpGrpc, otlpHttpUrl } = collector;
    const results = await runChecksApart([
      run(`http://${otlpGrpc}`, 'grpc'),
      run(otlpHttpUrl, 'http/protobuf'),
      run(otlpHttpUrl, 'grpc'),
      run(`http://${otlpGrpc}`, 'http/protobuf'),
    ]);
    const texts = results.map(({ code, stdout }) => {
      const { trials } = JSON.parse(stdout) as { trials: { subject: string; text: string }[] };
      const wanted = trials.filter(({ subject }) => subject === 'spans' || subject === 'pushes');
      return [
        code,
        ...wanted.map(({ text }) => text.replace(/^.*(; that port speaks OTLP over \w+|accepts)/, '$1')),
      ];
    });
    expect(texts).toEqual([
      [0, 'accepts exports', 'accepts exports'],
      [0, 'accepts exports', 'accepts exports'],
      [1, ...Array(2).fill(expect.stringMatching(/^; that port speaks OTLP over HTTP/))],
      [1, ...Array(2).fill(expect.stringMatching(/^; that port speaks OTLP over gRPC/))],
    ]);
  });
});
