import { BIFROST } from './from-bifrost.js';
import { GEN_AI } from './from-gen-ai.js';
import { LITELLM } from './from-litellm.js';
import { OPENLIT, OPENLLMETRY } from './from-openllmetry.js';
import type { SourceMapping } from './mapping.js';

/** Every product whose names are known, in the order of the help text. */
export const SOURCES: readonly SourceMapping[] = [LITELLM, OPENLLMETRY, OPENLIT, BIFROST, GEN_AI];
