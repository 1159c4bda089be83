import type { CodeTable } from '../base/codes.ts';

/** Failures of the registry server; those of the client are in oci/remote/codes.ts. */
export const registryCodes = {
  'registry/port-taken': {
    meaning: 'The address that the registry should listen on is in use or not allowed.',
    remedy: 'Stop the program that uses it, or choose another port; port 0 takes any free one.',
  },
  'registry/store-unusable': {
    meaning: 'The folder of the registry cannot be made or written.',
    remedy: 'Check the owner and the permissions of the folder, or choose another one.',
  },
} as const satisfies CodeTable;
