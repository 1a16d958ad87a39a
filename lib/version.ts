/** The version of this package, as its instrumentation scope tells it; a spec keeps it equal to package.json. */
export const VERSION = '0.1.0';
