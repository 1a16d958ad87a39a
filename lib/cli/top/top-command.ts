import { type Command, EXIT } from '../command.js';

export const top: Command = {
  usage: 'Usage: npx llm-edge-monitoring top\n',
  run: async () => EXIT.failed,
};
