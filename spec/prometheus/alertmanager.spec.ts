import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { loadRules } from '../../scripts/promql/rules.js';

interface Config {
  readonly route: { readonly receiver: string; readonly routes: { receiver: string; matchers: string[] }[] };
  readonly receivers: readonly { readonly name: string }[];
  readonly inhibit_rules: readonly {
    readonly source_matchers: readonly string[];
    readonly target_matchers: readonly string[];
    readonly equal: readonly string[];
  }[];
}

const config = parse(readFileSync('alertmanager/alertmanager.yml', 'utf8')) as Config;
const alerts = loadRules('prometheus/rules').flatMap(({ alert, labels, annotations }) =>
  alert === undefined ? [] : [{ alert, severity: labels['severity'], text: JSON.stringify(annotations) }],
);
/** The alerts that a matcher such as `alertname =~ "A|B"` names. */
const named = (matchers: readonly string[]): readonly string[] =>
  matchers.flatMap((matcher) => /^alertname =~? "(.*)"$/.exec(matcher)?.[1]?.split('|') ?? []);

describe('alertmanager.yml', () => {
  it('has a receiver for each severity, and none that needs an account', () => {
    const { route, receivers } = config;
    expect(new Set(alerts.map(({ severity }) => severity))).toEqual(new Set(['critical', 'warning']));
    expect(route.routes).toEqual([expect.objectContaining({ matchers: ['severity = "critical"'] })]);
    expect(receivers).toEqual([{ name: route.routes[0]?.receiver }, { name: route.receiver }]);
  });

  it('names only alerts that exist', () => {
    const names = config.inhibit_rules.flatMap((rule) => [
      ...named(rule.source_matchers),
      ...named(rule.target_matchers),
    ]);
    expect(names.length).toBeGreaterThan(8);
    expect(names.filter((name) => !alerts.some(({ alert }) => alert === name))).toEqual([]);
  });

  it('lets an alert mute others by labels that both of them have', () => {
    const missing = config.inhibit_rules.flatMap(({ source_matchers, target_matchers, equal }) =>
      [...named(source_matchers), ...named(target_matchers)].flatMap((name) => {
        const text = alerts.find(({ alert }) => alert === name)?.text ?? '';
        return equal
          .filter((label) => !text.includes(`$labels.${label} `))
          .map((label) => `${name} ${label}`);
      }),
    );
    expect(missing).toEqual([]);
  });
});
