import { type Command, EXIT } from '../command.js';

export const demo: Command = {
  usage: 'Usage: npx llm-edge-monitoring demo\n',
  run: async () => EXIT.failed,
};
