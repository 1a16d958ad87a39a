#!/usr/bin/env node
import { type Command, EXIT, type ExitCode, refuse, type Terminal } from './cli/command.js';
import { VERSION } from './version.js';

interface Entry {
  readonly brief: string;
  /** Loaded only when it is called, so that each command starts at once. */
  readonly load: () => Promise<Command>;
}

const COMMANDS: Readonly<Record<string, Entry>> = {
  demo: {
    brief: 'run a gateway with simulated providers and traffic, and watch it',
    load: async () => (await import('./cli/demo/demo-command.js')).loadDemo(),
  },
  check: {
    brief: 'show every setting with its origin, and test what it points to',
    load: async () => (await import('./cli/check/check-command.js')).check,
  },
  top: {
    brief: 'watch one process or a fleet in this terminal',
    load: async () => (await import('./cli/top/top-command.js')).top,
  },
  init: {
    brief: 'write dashboards, rules and the files of a monitoring stack into this project',
    load: async () => (await import('./cli/init/init-command.js')).init,
  },
  price: {
    brief: 'price token usage, and compare models',
    load: async () => (await import('./cli/price/price-command.js')).price,
  },
  doctor: {
    brief: 'find out why nothing is counted',
    load: async () => (await import('./cli/doctor/doctor-command.js')).doctor,
  },
  migrate: {
    brief: 'rewrite the queries of dashboards and rules to llm_edge_* and back',
    load: async () => (await import('./cli/migrate/migrate-command.js')).migrate,
  },
};

const WIDTH = Math.max(...Object.keys(COMMANDS).map((name) => name.length));

const USAGE = `Usage: npx llm-edge-monitoring <command> [flags]

${Object.entries(COMMANDS)
  .map(([name, { brief }]) => `  ${name.padEnd(WIDTH)}  ${brief}\n`)
  .join('')}
  --help on a command shows its flags; --version shows the version of the package.
`;

async function main([name, ...args]: readonly string[], terminal: Terminal): Promise<ExitCode> {
  if (name === '--version') {
    terminal.stdout.write(`${VERSION}\n`);
    return EXIT.ok;
  }
  if (name === undefined || name === '--help' || name === '-h') {
    terminal.stdout.write(USAGE);
    return EXIT.ok;
  }
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (entry === undefined) return refuse(terminal, `${name} is not a command.`, USAGE);
  const command = await entry.load();
  if (args.includes('--help') || args.includes('-h')) {
    terminal.stdout.write(command.usage);
    return EXIT.ok;
  }
  return command.run(args, terminal);
}

const { stdout, stderr, env } = process;
stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  // The reader of a pipe may go, as `head` does; a full disk is a fault.
  if (code === 'EPIPE') process.exit();
  stderr.write(`Standard output cannot be written: ${message}\n`);
  process.exit(EXIT.failed);
});
stderr.on('error', () => {
  // There is no place left to report it.
});
process.exitCode = await main(process.argv.slice(2), { stdout, stderr, env, folder: process.cwd() });
