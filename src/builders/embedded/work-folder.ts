// Folders of builds under way, which may hold what belongs to other users of our user namespace.
import { join } from 'node:path';
import { openOwnedFolder, type OwnedFolder, type Removal } from '../../base/owned-folder.ts';
import { removeTree, removeTreeNow } from '../../base/remove-tree.ts';
import { userNamespace } from '../../sandbox/user-namespace.ts';
import { removeMapped } from './mapped-files.ts';

const removeAsOther = (folder: string, error: unknown): void => {
  const user = userNamespace();
  if (user === undefined) throw error;
  removeMapped(user, folder);
};

const removal: Removal = {
  remove: async (folder) => {
    try {
      await removeTree(folder);
    } catch (error) {
      removeAsOther(folder, error);
    }
  },
  removeNow: (folder) => {
    try {
      removeTreeNow(folder);
    } catch (error) {
      removeAsOther(folder, error);
    }
  },
};

/** A new folder (mode 0700) below `<root>/run`. */
export const openWorkFolder = (root: string): Promise<OwnedFolder> => openOwnedFolder(join(root, 'run'), '', removal);
