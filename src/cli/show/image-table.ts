import type { StoredImageRow } from '../../app/images.ts';
import { formatAge } from './format.ts';
import { table } from './table.ts';

export const imageTable = (images: readonly StoredImageRow[], now: number = Date.now()): string =>
  images.length === 0
    ? 'no images\n'
    : table(
        ['REFERENCE', 'IMAGE ID', 'DIGEST', 'STORED'],
        images.map((image) => [
          image.reference,
          image.imageId ?? '(several platforms)',
          image.digest,
          formatAge(image.storedAt, now),
        ]),
      );
