import { type Command, EXIT } from '../command.js';

export const check: Command = {
  usage: 'Usage: npx llm-edge-monitoring check\n',
  run: async () => EXIT.failed,
};
