import { openGroupFolder } from '../../../lib/workers/group-folder.js';
import { groupKeyOf, nameOfGroup } from '../../../lib/workers/group-key.js';

export { groupKeyOf, nameOfGroup, openGroupFolder };
