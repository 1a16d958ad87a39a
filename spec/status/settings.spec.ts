import { inspect } from 'node:util';
import { initMonitoring, type MonitoringOptions } from '../../lib/index.js';
import { send } from '../support/http-client.js';
import { statusUrl } from '../support/status.js';
import { withEnv } from '../support/with-env.js';

/** The status of the page's data and of a scrape, and the warnings of the start. */
async function startWith(env: Record<string, string>, options: MonitoringOptions = {}) {
  return withEnv(env, async () => {
    const monitoring = await initMonitoring({
      metrics: { port: 0 },
      traces: { exporter: 'none' },
      ...options,
    });
    try {
      const [data, scrape] = [
        await send(statusUrl(monitoring.metricsUrl)),
        await send(monitoring.metricsUrl ?? ''),
      ];
      const { statusPage, warnings } = monitoring.config;
      return { data: data.status, scrape: scrape.status, enabled: statusPage.enabled, warnings, monitoring };
    } finally {
      await monitoring.shutdown();
    }
  });
}

describe('statusPage', () => {
  it.each<[string, Record<string, string>, MonitoringOptions, number]>([
    ['by default', {}, {}, 200],
    ['by false', {}, { statusPage: false }, 404],
    ['by the option', {}, { statusPage: { enabled: false } }, 404],
    ['by the variable', { LLM_EDGE_STATUS_PAGE: 'false' }, {}, 404],
    [
      'by the option over the variable',
      { LLM_EDGE_STATUS_PAGE: 'false' },
      { statusPage: { enabled: true } },
      200,
    ],
    ['by an empty variable', { LLM_EDGE_STATUS_PAGE: '' }, {}, 200],
    ['by a secret in the variable', { LLM_EDGE_STATUS_AUTHORIZATION: 'Bearer s3cret' }, {}, 401],
  ])('%s is answered as it says', async (_how, env, options, status) => {
    const { data, scrape, warnings } = await startWith(env, options);
    expect([data, scrape, warnings]).toEqual([status, 200, []]);
  });

  it.each([
    ['LLM_EDGE_STATUS_PAGE', 'perhaps'],
    ['LLM_EDGE_STATUS_AUTHORIZATION', 'Basic dXNlcjpodW50ZXIy'],
    ['LLM_EDGE_STATUS_AUTHORIZATION', 'hunter2'],
  ])('is off where %s is %p, beside scrapes that work', async (variable, text) => {
    const { data, scrape, warnings } = await startWith({ [variable]: text });
    expect([data, scrape]).toEqual([404, 200]);
    expect(warnings).toMatchObject([{ variable, effect: 'there is no status page' }]);
    expect(inspect(warnings)).not.toMatch(/hunter2|dXNlcj/);
  });

  it.each([
    [{ authorization: 'hunter2' }, /statusPage\.authorization .*Bearer/],
    [{ authorization: 'Basic dXNlcjpodW50ZXIy' }, /statusPage\.authorization/],
    [{ enabled: 'no' }, /statusPage\.enabled/],
    [{ authorisation: 'Bearer s3cret' }, /did you mean statusPage\.authorization/],
    [true, /statusPage/],
  ])('refuses %p', async (statusPage, text) => {
    const start = initMonitoring({ statusPage: statusPage as never });
    await expect(start).rejects.toMatchObject({
      code: 'ERR_INVALID_CONFIG',
      message: expect.stringMatching(text),
    });
    await expect(start).rejects.not.toMatchObject({
      message: expect.stringMatching(/hunter2|dXNlcj|s3cret/),
    });
  });

  it('keeps its secret out of what is printed', async () => {
    const { monitoring } = await startWith({}, { statusPage: { authorization: 'Bearer hunter2' } });
    expect(inspect(monitoring, { depth: 9 }) + JSON.stringify(monitoring)).not.toContain('hunter2');
  });
});
