// Makes the build context of a base image out of the Node that runs this file: its binary and the shared libraries it has loaded.
import { copyFileSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Where the kernel looks for the loader that the binary names. */
const loaderFolders: Readonly<Record<string, string>> = {
  'ld-linux-x86-64.so.2': '/lib64',
  'ld-linux-aarch64.so.1': '/lib',
};

/** Writes `Dockerfile` and `root/` into `folder`. Linux with glibc only. */
export const writeBaseContext = (folder: string): void => {
  const loaded = new Set(
    readFileSync('/proc/self/maps', 'utf8')
      .split('\n')
      .map((line) => line.slice(73).trim())
      .filter((path) => /\.so(?:\.\d+)*$/.test(path) && !path.endsWith('.node')),
  );
  const put = (from: string, to: string): void => {
    const target = join(folder, 'root', to);
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(from, target);
  };
  const libraries = '/usr/local/lib';
  for (const path of loaded) {
    // Programs ask for the major version only: `libstdc++.so.6`, not `libstdc++.so.6.0.30`.
    const name = basename(path).replace(/(\.so\.\d+)\..*$/, '$1');
    put(path, join(loaderFolders[name] ?? libraries, name));
  }
  put(realpathSync(process.execPath), '/usr/local/bin/node');
  mkdirSync(join(folder, 'root/etc'), { recursive: true });
  writeFileSync(
    join(folder, 'root/etc/passwd'),
    'root:x:0:0:root:/:/usr/local/bin/node\napp:x:1000:1000::/app:/usr/local/bin/node\n',
  );
  writeFileSync(
    join(folder, 'Dockerfile'),
    `FROM scratch\nCOPY root/ /\nENV PATH=/usr/local/bin LD_LIBRARY_PATH=${libraries}\nENTRYPOINT ["node"]\n`,
  );
};
