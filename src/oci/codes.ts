import type { CodeTable } from '../base/codes.ts';

export const ociCodes = {
  'oci/bad-tar': {
    meaning: 'A tar archive is damaged, truncated, or beyond the limits that protect against hostile archives.',
    remedy: 'Make the archive again, or list it with `tar -tvf` to see where it breaks.',
  },
  'oci/unsafe-path': {
    meaning: 'A member of an archive names a path outside the folder it is unpacked to.',
    remedy: 'Do not use this archive unless you know who made it; make it again with paths below its root.',
  },
  'oci/unsupported-tar': {
    meaning: 'A tar archive uses a kind of member that is not supported.',
    remedy: 'Make the archive again in the POSIX (pax) or GNU format.',
  },
  'oci/digest-mismatch': {
    meaning: 'Bytes are not the ones their digest or size promises.',
    remedy: 'Fetch or build the image again; if it happens again, the source is damaged or changed on the way.',
  },
  'oci/too-large': {
    meaning: 'A manifest, an image configuration or an archive is larger than the limit for it.',
    remedy: 'Check that the file is what you meant; a manifest or configuration has at most 4 MiB.',
  },
  'oci/bad-manifest': {
    meaning: 'A manifest or an index is not valid JSON of the shape that the OCI image specification requires.',
    remedy: 'Push or build the image again with a current tool.',
  },
  'oci/unsupported-manifest': {
    meaning: 'A manifest has a media type or a schema version that is not supported.',
    remedy: 'Push the image again with a tool that writes Docker schema 2 or OCI manifests.',
  },
  'oci/bad-config': {
    meaning: 'An image configuration is not valid or does not fit the manifest.',
    remedy: 'Build the image again with a current tool.',
  },
  'oci/bad-compression': {
    meaning: 'Compressed bytes (gzip or zstd) are damaged, truncated, or followed by other bytes.',
    remedy: 'Fetch or make the file again.',
  },
  'oci/blob-missing': {
    meaning: 'A blob that a manifest or a reference names is not there.',
    remedy: 'Fetch or build the image again.',
  },
  'oci/no-space': {
    meaning: 'There is no space left on the disk (or the quota is used up).',
    remedy: 'Free some space, or move the image store to a larger disk.',
  },
  'oci/store-unusable': {
    meaning: 'The folder of the image store cannot be made or written.',
    remedy: 'Check the owner and the permissions of the folder.',
  },
  'oci/store-busy': {
    meaning: 'The image store is being cleaned by another process, or is in use while it should be cleaned.',
    remedy: 'Wait for the other process to end and try again.',
  },
  'oci/ambiguous-id': {
    meaning: 'A short image id fits more than one image of the store.',
    remedy: 'Write more digits of the id.',
  },
  'oci/bad-reference': {
    meaning: 'A name given for an image is not a valid reference.',
    remedy: 'Write it like registry.example.com/team/app:1.0.',
  },
  'oci/archive-missing': {
    meaning: 'The image archive does not exist or cannot be read.',
    remedy: 'Check the path; a build step with a tar output writes it.',
  },
  'oci/not-an-archive': {
    meaning: 'A file or folder is not an image archive: neither a Docker archive nor an OCI layout.',
    remedy: 'Make it with `slipway build --tar`, `docker save` or `skopeo copy … oci-archive:…`.',
  },
  'oci/bad-archive': {
    meaning: 'An image archive lacks a part that it names, or a part is damaged.',
    remedy: 'Make the archive again.',
  },
  'oci/archive-platforms': {
    meaning: 'An image of several platforms was to be written as a Docker archive, which holds one.',
    remedy: 'Write an OCI archive, or choose one platform.',
  },
  'oci/write-failed': {
    meaning: 'An image archive or layout could not be written.',
    remedy: 'Check that the folder exists or can be made and that you may write to it.',
  },
} as const satisfies CodeTable;
