import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The major version of the SDK that these specs run on: 2, or 3. */
export const SDK_LINE = Number.parseInt(
  JSON.parse(
    readFileSync(join(__dirname, '../../node_modules/@opentelemetry/sdk-trace/package.json'), 'utf8'),
  ).version,
  10,
);
