/** Where the files are for: a Compose project, programs of this machine, or a cluster with or without the operator. */
export type Platform = 'compose' | 'programs' | 'operator' | 'annotations';

/** What the written files are about; those of the last run are kept beside them. */
export interface InitParameters {
  readonly platform: Platform;
  /** The name of the service, which is the label `job` of its series. */
  readonly job: string;
  /** Share of the operations that shall succeed, in per cent. */
  readonly objective: string;
  /** `host:port` of the app's processes. */
  readonly target: readonly string[];
  /** Where the app runs in the cluster. */
  readonly namespace: string;
  /** Where Prometheus and Grafana run in the cluster. */
  readonly 'monitoring-namespace': string;
  /** The port that the app is scraped at in the cluster. */
  readonly port: string;
}

type ParameterName = Exclude<keyof InitParameters, 'platform'>;

interface Parameter {
  readonly isValid: (value: string) => boolean;
  /** What a valid value is. */
  readonly grammar: string;
  readonly platforms: readonly Platform[];
}

/** The alerts on the burn rate begin at 14.4, and a service that fails wholly burns 1 / (1 - objective) times too fast. */
const OBJECTIVE_MIN = 94;

const isPort = (text: string): boolean => /^\d{1,5}$/.test(text) && Number(text) > 0 && Number(text) < 65_536;

const isTarget = (text: string): boolean => {
  const [, host = '', port = ''] = /^([\w.-]{1,253}|\[[0-9A-Fa-f:.]+\]):(\d+)$/.exec(text) ?? [];
  return host !== '' && isPort(port);
};

const isNamespace = (text: string): boolean => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text);

const isJob = (text: string): boolean => /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(text);

const isObjective = (text: string): boolean =>
  /^\d{2}(\.\d{1,4})?$/.test(text) && Number(text) >= OBJECTIVE_MIN && Number(text) < 100;

const ON_THIS_MACHINE = ['compose', 'programs'] as const;
const IN_A_CLUSTER = ['operator', 'annotations'] as const;

/** Values go into YAML, PromQL and commands: each has a grammar that needs no quotes there. */
const PARAMETERS: Readonly<Record<ParameterName, Parameter>> = {
  job: {
    isValid: isJob,
    grammar: 'up to 63 letters, digits, ".", "_" and "-", with a letter or digit at both ends',
    platforms: [...ON_THIS_MACHINE, ...IN_A_CLUSTER],
  },
  objective: {
    isValid: isObjective,
    grammar: `a percentage from ${OBJECTIVE_MIN} to 99.9999, such as 99.5: below, the alert on a fast burn could never fire`,
    platforms: [...ON_THIS_MACHINE, ...IN_A_CLUSTER],
  },
  target: { isValid: isTarget, grammar: 'host:port, such as localhost:9464', platforms: ON_THIS_MACHINE },
  namespace: {
    isValid: isNamespace,
    grammar: 'the name of a namespace: up to 63 lower-case letters, digits and "-"',
    platforms: IN_A_CLUSTER,
  },
  'monitoring-namespace': {
    isValid: isNamespace,
    grammar: 'the name of a namespace: up to 63 lower-case letters, digits and "-"',
    platforms: IN_A_CLUSTER,
  },
  port: { isValid: isPort, grammar: 'a port from 1 to 65535', platforms: IN_A_CLUSTER },
};

const NAMES = Object.keys(PARAMETERS) as readonly ParameterName[];

/** Values as they were found: those of flags, or of the last run. */
export type GivenParameters = Readonly<Partial<Record<keyof InitParameters, unknown>>>;

/** What {@link resolveParameters} found. */
export type ResolvedParameters =
  | { readonly ok: true; readonly parameters: InitParameters }
  | { readonly ok: false; readonly problem: string };

/** Takes each value from the flags, else from the last run, else its default, and checks it. */
export function resolveParameters(
  platform: Platform,
  flags: GivenParameters,
  remembered: GivenParameters,
  jobDefault: string | undefined,
): ResolvedParameters {
  const defaults: GivenParameters = {
    job: jobDefault !== undefined && isJob(jobDefault) ? jobDefault : 'llm-edge-app',
    objective: '99.5',
    target: [platform === 'compose' ? 'host.docker.internal:9464' : 'localhost:9464'],
    namespace: 'default',
    'monitoring-namespace': 'monitoring',
    port: '9464',
  };
  const parameters: Record<string, unknown> = { platform };
  for (const name of NAMES) {
    const { isValid, grammar, platforms } = PARAMETERS[name];
    if (flags[name] !== undefined && !platforms.includes(platform)) {
      return { ok: false, problem: `--${name} has no meaning ${PLATFORM_TEXTS[platform]}.` };
    }
    const value = flags[name] ?? remembered[name] ?? defaults[name];
    const values = name === 'target' ? value : [value];
    if (!isListOfText(values) || !values.every(isValid)) {
      const isRemembered = flags[name] === undefined && remembered[name] !== undefined;
      const subject = isRemembered ? `"${name}" in llm-edge-monitoring.json` : `--${name}`;
      return { ok: false, problem: `${subject} must be ${grammar}.` };
    }
    parameters[name] = value;
  }
  return { ok: true, parameters: parameters as unknown as InitParameters };
}

function isListOfText(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string');
}

const PLATFORM_TEXTS: Readonly<Record<Platform, string>> = {
  compose: 'without --kubernetes',
  programs: 'with --without-docker',
  operator: 'with --kubernetes',
  annotations: 'with --kubernetes',
};

const PLATFORM_FLAGS: Readonly<Record<Platform, string>> = {
  compose: '',
  programs: ' --without-docker',
  operator: ' --kubernetes',
  annotations: ' --kubernetes --without-operator',
};

/** Whether a value names a platform. */
export function isPlatform(value: unknown): value is Platform {
  return typeof value === 'string' && Object.hasOwn(PLATFORM_FLAGS, value);
}

/** The parameters that matter on their platform, the platform included. */
export function relevantParameters(parameters: InitParameters): GivenParameters {
  const { platform } = parameters;
  return { platform, ...Object.fromEntries(namesFor(platform).map((name) => [name, parameters[name]])) };
}

const namesFor = (platform: Platform): readonly ParameterName[] =>
  NAMES.filter((name) => PARAMETERS[name].platforms.includes(platform));

/** The command that writes the same files again. */
export function commandOf(parameters: InitParameters): string {
  const flags = namesFor(parameters.platform).flatMap((name) =>
    [parameters[name]].flat().map((value) => ` --${name} ${value}`),
  );
  return `init${PLATFORM_FLAGS[parameters.platform]}${flags.join('')}`;
}

/** The share of operations that may fail: 0.005 for an objective of 99.5 %. */
export function errorBudgetOf({ objective }: InitParameters): string {
  // Per cent of four decimals make a share of six.
  return String(Number((1 - Number(objective) / 100).toFixed(6)));
}
