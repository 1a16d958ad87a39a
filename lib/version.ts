/** The version of this package and of its instrumentation scope; a spec keeps it equal to package.json. */
export const VERSION = '0.1.0';
