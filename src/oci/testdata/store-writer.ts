// A process of its own that writes to a store: `images FOLDER NAME` or `endless FOLDER`.
import { fileMember, imageOf, layerOf, tarOf } from '../../../test/images.ts';
import { openStore } from '../store.ts';

const [what, folder = '', name = ''] = process.argv.slice(2);
const store = await openStore(folder);

if (what === 'images') {
  const shared = layerOf(tarOf([fileMember('shared', 'x'.repeat(100_000))]));
  for (let i = 0; i < 6; i += 1) {
    const quick = layerOf(tarOf([fileMember('quick', `${name} ${i}`)]));
    const late = layerOf(tarOf([fileMember('late', `${name} ${i % 3}`.repeat(10_000))]));
    const slow = {
      ...late,
      async *blob() {
        await new Promise((resolve) => setTimeout(resolve, 20)); // others collect garbage meanwhile
        yield* late.blob();
      },
    };
    await store.putImage(imageOf([shared, quick, slow]), [`${name}:${i}`, 'shared:latest']);
  }
} else {
  const endless = async function* (): AsyncGenerator<Uint8Array> {
    for (let i = 0; ; i += 1) {
      yield Buffer.alloc(1_000_000, i);
      if (i === 5) process.stdout.write('under way\n');
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  await store.putBlob(endless());
}
