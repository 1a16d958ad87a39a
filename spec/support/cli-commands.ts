import { check } from '../../lib/cli/check/check-command.js';
import type { Command } from '../../lib/cli/command.js';
import { doctor } from '../../lib/cli/doctor/doctor-command.js';
import { init } from '../../lib/cli/init/init-command.js';
import { migrate } from '../../lib/cli/migrate/migrate-command.js';
import { price } from '../../lib/cli/price/price-command.js';
import { top } from '../../lib/cli/top/top-command.js';

/** The commands by name, without `demo`, which is a program apart. */
export const CLI_COMMANDS: readonly (readonly [string, Command])[] = Object.entries({
  check,
  top,
  init,
  price,
  doctor,
  migrate,
});
