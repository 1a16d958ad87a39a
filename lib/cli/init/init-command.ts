import { type Command, EXIT } from '../command.js';

export const init: Command = {
  usage: 'Usage: npx llm-edge-monitoring init\n',
  run: async () => EXIT.failed,
};
