import { initMonitoring } from '../../lib/index.js';
import { send } from '../support/http-client.js';

describe('metrics.authorization', () => {
  const bearer = 'Bearer s3cret';
  const basic = `Basic ${Buffer.from('prometheus:s3cret').toString('base64')}`;

  async function scrape(authorization: string, header: string | undefined) {
    const monitoring = await initMonitoring({
      metrics: { host: '127.0.0.1', port: 0, authorization },
      traces: { exporter: 'none' },
    });
    try {
      const headers = header === undefined ? {} : { authorization: header };
      return await send(monitoring.metricsUrl ?? '', { headers });
    } finally {
      await monitoring.shutdown();
    }
  }

  it.each([
    [bearer, 'Bearer s3cret', 200],
    [bearer, 'bearer  s3cret ', 200],
    [bearer, 'Bearer S3cret', 401],
    [bearer, 'Bearer s3cre', 401],
    [bearer, 'Bearer s3cretx', 401],
    [bearer, 'Basic s3cret', 401],
    [bearer, 's3cret', 401],
    [bearer, '', 401],
    [bearer, undefined, 401],
    [basic, basic, 200],
    [basic, basic.toLowerCase(), 401],
  ])('of %p answers a scrape with %p by %p', async (authorization, header, status) => {
    expect((await scrape(authorization, header)).status).toBe(status);
  });

  it.each([
    [bearer, 'Bearer realm="metrics"'],
    [basic, 'Basic realm="metrics"'],
  ])('of %p challenges with its scheme', async (authorization, challenge) => {
    expect((await scrape(authorization, undefined)).headers['www-authenticate']).toBe(challenge);
  });
});
