import type { Terminal } from './command.js';

/**
 * Whether output may have colours: `FORCE_COLOR` says so (`0` and `false` say no), else `NO_COLOR` forbids them, else
 * only a terminal that is not dumb has them.
 */
export function hasColours({ env, stdout }: Pick<Terminal, 'env' | 'stdout'>): boolean {
  const { FORCE_COLOR: forced = '', NO_COLOR: none = '', TERM: terminal } = env;
  if (forced !== '') return !/^(0|false)$/i.test(forced);
  return none === '' && stdout.isTTY === true && terminal !== 'dumb';
}
