import { type Command, EXIT } from '../command.js';

export const price: Command = {
  usage: 'Usage: npx llm-edge-monitoring price\n',
  run: async () => EXIT.failed,
};
