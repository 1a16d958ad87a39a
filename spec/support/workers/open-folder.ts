import { type GroupFolder, openGroupFolder } from '../../../lib/workers/group-folder.js';
import { type GroupKey, groupKeyOf, nameOfGroup } from '../../../lib/workers/group-key.js';

export { type GroupFolder, type GroupKey, groupKeyOf, nameOfGroup, openGroupFolder };
