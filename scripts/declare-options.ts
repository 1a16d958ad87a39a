import { COMPONENTS, type Setting } from '../lib/config/definitions.js';
import { SETTINGS } from '../lib/config/settings.js';
import { USER_OBJECTS } from '../lib/config/user-objects.js';

// Writes `lib/config/options.ts`: the declarations of the options, with their documentation, from the table of settings.

type Row = Partial<Setting<unknown>> & Pick<Setting<unknown>, 'parser' | 'description'>;
const ROWS: readonly [string, Row][] = [...Object.entries(SETTINGS), ...Object.entries(USER_OBJECTS)];

/** The interface of each group of options, and what the group is about. Those that are used by others come first. */
const GROUPS: Readonly<
  Record<string, { readonly name: string; readonly text: string; readonly or?: string }>
> = {
  limits: {
    name: 'LimitOptions',
    text: 'How many values open labels may take; later ones are folded into `other`.',
  },
  metrics: { name: 'MetricsOptions', text: 'Where metrics go, and how.' },
  statusPage: {
    name: 'StatusPageOptions',
    text: 'The status page on the scrape port, and who may see its data.',
    or: 'false',
  },
  'traces.batch': { name: 'BatchOptions', text: 'How ended spans are collected into exports.' },
  'traces.limits': {
    name: 'SpanLimitOptions',
    text: 'What one span may hold. Without a bound one span could make the Collector refuse its whole batch.',
  },
  traces: {
    name: 'TracesOptions',
    text: 'Where spans go, and which.',
    or: "'none'",
  },
  genAi: {
    name: 'GenAiOptions',
    text: 'Metrics of the GenAI semantic conventions, beside those of this package.',
  },
  '': {
    name: 'TelemetryOptions',
    text: 'The options of what is exported, where to, and under which name.',
  },
};

/** Values of these types are written in a form of their own in the environment. */
const HAS_FORM = /^readonly|^Readonly/;
const WIDTH = 120;
const LINE_WIDTH = 110;
const HEAD = `// Generated from \`settings.ts\` by \`npm run docs\`.

import type { MeterProvider, TracerProvider } from '@opentelemetry/api';
import type { ResourceDetector } from '@opentelemetry/resources';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { RegisterGlobalsOptions } from './register-globals.js';
`;

/** What a value may be, and what a variable with anything else stops. */
export function shapeText({ parser, component, unsupported }: Row): string {
  const off =
    unsupported === undefined || component === undefined ? undefined : COMPONENTS[component].offText;
  return off === undefined ? parser.shape : `${parser.shape}; otherwise ${off}`;
}

/** The text of `lib/config/options.ts`. */
export function declareOptions(): string {
  return [HEAD, ...Object.keys(GROUPS).map(declareGroup)].join('\n');
}

function declareGroup(group: string): string {
  const { name = '', text = '' } = GROUPS[group] ?? {};
  const members = new Map<string, string>();
  for (const [path, row] of ROWS) {
    if (group !== '' && !path.startsWith(`${group}.`)) continue;
    const rest = group === '' ? path : path.slice(group.length + 1);
    const [head = ''] = rest.split('.');
    const inner = group === '' ? head : `${group}.${head}`;
    if (rest === head) members.set(head, declareMember(head, row.parser.type ?? 'unknown', commentOf(row)));
    else {
      const { name: type, text = '', or } = GROUPS[inner] ?? {};
      members.set(head, declareMember(head, [type, or].filter(Boolean).join(' | '), [text]));
    }
  }
  const lines = [...members.values()].join('\n');
  return `${comment([text], '')}\nexport interface ${name} {\n${lines}\n}\n`;
}

/** The documentation of an option: meaning, shape, variables; and its default. */
function commentOf(row: Row): string[] {
  const { description, details, parser, variables = [], defaultValue, merged } = row;
  const text = [description];
  if (parser.type === 'number') text.push(`${parser.shape[0]?.toUpperCase()}${parser.shape.slice(1)}.`);
  if (details !== undefined) text.push(details);
  if (variables.length > 0) {
    const form = HAS_FORM.test(parser.type ?? '') ? ` (${parser.shape})` : '';
    const off = shapeText(row)
      .slice(parser.shape.length)
      .replace('; otherwise ', '; where it is not supported, ');
    text.push(`Environment: ${variables.map((name) => `\`${name}\``).join(', ')}${form}${off}.`);
  }
  if (merged) text.push('Both are merged; the option wins for each key.');
  const isPlain = typeof defaultValue === 'object' && !Array.isArray(defaultValue);
  if (defaultValue === undefined || isPlain) return [text.join(' ')];
  return [text.join(' '), `@defaultValue \`${valueText(defaultValue)}\``];
}

function valueText(value: unknown): string {
  return Array.isArray(value) ? `[${value.map((item) => `'${item}'`).join(', ')}]` : String(value);
}

function declareMember(name: string, type: string, text: readonly string[]): string {
  const line = `  readonly ${name}?: ${type} | undefined;`;
  const union = [...type.split(' | '), 'undefined'].map((item) => `\n    | ${item}`).join('');
  const declared = line.length <= LINE_WIDTH ? line : `  readonly ${name}?:${union};`;
  return `${comment(text, '  ')}\n${declared}`;
}

function comment(lines: readonly string[], indent: string): string {
  const short = `${indent}/** ${lines.join(' ')} */`;
  if (short.length <= WIDTH) return short;
  const wrapped = lines.flatMap((line) => wrap(line, WIDTH - indent.length - 3));
  return [`${indent}/**`, ...wrapped.map((line) => `${indent} * ${line}`), `${indent} */`].join('\n');
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
