import { type Command, EXIT } from '../command.js';

export const doctor: Command = {
  usage: 'Usage: npx llm-edge-monitoring doctor\n',
  run: async () => EXIT.failed,
};
