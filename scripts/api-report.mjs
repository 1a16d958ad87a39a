// Writes one API report for each entry point into `etc/`; with --check only compares.

import { mkdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor';

const check = process.argv.includes('--check');
const { exports } = JSON.parse(readFileSync('package.json', 'utf8'));
mkdirSync('etc', { recursive: true });

let stale = false;
for (const [subpath, target] of Object.entries(exports)) {
  // The preload exports nothing: importing it is its interface.
  if (typeof target === 'string' || subpath === './register') continue;
  const name = subpath === '.' ? 'index' : subpath.slice(2);
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: resolve('.'),
      mainEntryPointFilePath: resolve(target.import.types),
      apiReport: {
        enabled: true,
        reportFileName: `${name}.api.md`,
        reportFolder: resolve('etc'),
        reportTempFolder: resolve('temp'),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      // Only what is published: the sources have a declaration among them, which would bring them all in.
      compiler: { overrideTsconfig: { extends: './tsconfig.base.json', files: [target.import.types] } },
      messages: {
        extractorMessageReporting: {
          default: { logLevel: 'error' },
          'ae-missing-release-tag': { logLevel: 'none' },
          // Types that are reachable but not for naming, such as the table behind `Settings`.
          'ae-undocumented': { logLevel: 'none' },
          'ae-forgotten-export': { logLevel: 'none' },
        },
        tsdocMessageReporting: {
          default: { logLevel: 'error' },
          // `@throws {MonitoringError}` names the class, as the style guide asks.
          'tsdoc-malformed-inline-tag': { logLevel: 'none' },
          'tsdoc-escape-right-brace': { logLevel: 'none' },
          'tsdoc-undefined-tag': { logLevel: 'none' },
        },
      },
    },
    configObjectFullPath: resolve('package.json'),
    packageJsonFullPath: resolve('package.json'),
  });
  const result = Extractor.invoke(config, { localBuild: !check, showVerboseMessages: false });
  stale ||= check ? result.apiReportChanged || !result.succeeded : !result.succeeded;
}
if (stale) {
  console.error(
    check ? 'the API differs from etc/: run `npm run api` and commit the result' : 'the API has errors',
  );
  process.exitCode = 1;
}
