// Builds by processes with less than root's privileges, down to none: what the machine allows is used, and nothing stays behind.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { needs } from '../../../test/needs.ts';

const isRoot = process.getuid?.() === 0;
const program = join(import.meta.dirname, 'testdata/isolated-build.ts');
const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'];

/** Some folder above is closed to other users, as /root is. */
const isClosed = (path: string): boolean =>
  path !== '/' && ((statSync(dirname(path)).mode & 0o001) === 0 || isClosed(dirname(path)));

const mayUse = (command: readonly string[]): boolean =>
  spawnSync(command[0] ?? '', command.slice(1), { stdio: 'ignore' }).status === 0;

const temporary = isRoot ? mkdtempSync(join(tmpdir(), 'slipway-privilege-')) : '';
afterAll(() => {
  if (temporary !== '') rmSync(temporary, { recursive: true, force: true });
});

interface Result {
  readonly isolation: string;
  readonly lines: readonly string[];
  readonly members?: readonly string[];
  readonly code?: string;
}

const build = (prefix: readonly string[], dockerfile: string): Result => {
  const { stdout, stderr, status } = spawnSync('env', [...prefix, process.execPath, program, dockerfile], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', TMPDIR: prefix === nobody ? openToAll() : temporary },
  });
  expect(`${stderr} ${status}`).toBe(' 0');
  return JSON.parse(stdout) as Result;
};

const openToAll = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-nobody-'));
  spawnSync('chmod', ['1777', folder]);
  folders.push(folder);
  return folder;
};
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) {
    expect(readdirSync(folder)).toEqual([]);
    rmSync(folder, { recursive: true, force: true });
  }
});

/** What docker gives root in a container that is not privileged. */
const dockerDefault =
  '+chown,+dac_override,+fsetid,+fowner,+mknod,+net_raw,+setgid,+setuid,+setfcap,+setpcap,+net_bind_service,+sys_chroot,+kill,+audit_write';

const asRoot = needs(['setpriv', 'unshare', 'busybox'], isRoot ? [] : ['root']);

needs(['setpriv', 'unshare', 'busybox', 'mount'], isRoot ? [] : ['root'])('root with a cache on an overlay', () => {
  test('compares a copy, since an overlay cannot lie on another', () => {
    const folder = mkdtempSync(join(temporary, 'overlay-'));
    for (const name of ['lower', 'upper', 'work', 'merged']) mkdirSync(join(folder, name));
    const script =
      'cd "$0" && mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work merged && export TMPDIR="$0/merged" && exec "$@"';
    const { isolation, members } = build(
      ['unshare', '--mount', 'sh', '-c', script, folder],
      'FROM base\nRUN rm /etc/group; echo 1 > /made\n',
    );
    expect(isolation).toBe('copy');
    expect(members).toEqual(['etc/.wh.group file 0:0 644', 'made file 0:0 644']);
  });
});

asRoot('root of an unprivileged container', () => {
  const prefix = ['setpriv', `--bounding-set=-all,${dockerDefault}`, '--inh-caps=-all', '--'];

  test('runs by chroot, with devices and the names of the network, and keeps what is not of the image out', () => {
    const { isolation, lines, members } = build(
      prefix,
      'FROM base\nUSER app\nENV A=1\nUSER root\nRUN <<EOF\n#!/bin/sh\necho "$A $HOME" > /dev/null; test -c /dev/null && test -s /etc/resolv.conf && echo "$A $HOME"; echo x > /made; chown 5:6 /made; echo lost > /etc/hosts\nEOF\n',
    );
    expect(isolation).toBe('chroot');
    expect(lines).toEqual(['1 /root']);
    expect(members).toEqual(['made file 5:6 644']);
  });

  test('runs without device nodes where not even those are allowed', () => {
    const { lines, members } = build(
      ['setpriv', `--bounding-set=-all,${dockerDefault.replace('+mknod,', '')}`, '--inh-caps=-all', '--'],
      'FROM base\nRUN echo hidden > /dev/null; echo shown; cat /dev/null > /made\n',
    );
    expect(lines).toEqual(['shown']);
    expect(members).toEqual([expect.stringMatching(/^made file/)]);
  });

  test('leaves no process, also of what left the group and belongs to another user', () => {
    const mark = `61${process.pid}`;
    const { lines } = build(
      prefix,
      `FROM base\nUSER app\nRUN (/bin/busybox setsid /bin/busybox sleep ${mark} > /dev/null 2>&1 &); sleep 0.2; echo done\n`,
    );
    expect(lines).toEqual(['done']);
    expect(commandsWith(mark)).toEqual([]);
  });

  test('refuses what needs a mount, with its place', () => {
    expect(build(prefix, 'FROM base\nRUN --mount=type=secret,id=s true\n').code).toBe('embedded/unsupported');
  });
});

const closed = isRoot
  ? [program, process.execPath].filter(isClosed).map((p) => `a path open to all users: ${p}`)
  : ['root'];
const userNamespaces = isRoot && mayUse([...nobody, 'unshare', '--user', '--map-root-user', '--mount', 'true']);

needs(['setpriv', 'busybox'], closed)('a user without any privilege', () => {
  test('builds what has no RUN', () => {
    expect(build(nobody, 'FROM base\nCOPY --chown=7:8 <<EOF /x\nhello\nEOF\n').members).toEqual(['x file 7:8 644']);
  });
});

needs(['setpriv', 'unshare', 'busybox'], [...closed, ...(userNamespaces ? [] : ['user namespaces'])])(
  'a user with a user namespace',
  () => {
    test('runs as its root, and the layer has owners, whiteouts and files that only root may read', () => {
      const { isolation, lines, members } = build(
        nobody,
        [
          'FROM base AS first',
          'COPY --chown=7:8 <<EOF /theirs',
          'x',
          'EOF',
          'RUN mkdir /d && echo 1 > /d/old',
          'RUN --mount=type=secret,id=s echo "$(id -u) $(cat /run/secrets/s)" && rm -r /d && mkdir -p /d/new && echo more >> /theirs && echo s > /secret && chmod 0 /secret /d/new && rm /etc/group && test -c /dev/null',
          '',
        ].join('\n'),
      );
      expect(isolation).toBe('overlay');
      expect(lines).toEqual(['0 hush']);
      expect(members).toEqual(
        expect.arrayContaining([
          'd directory 0:0 755',
          'd/.wh..wh..opq file 0:0 644',
          'd/new directory 0:0 0',
          'etc/.wh.group file 0:0 644',
          'secret file 0:0 0',
          'theirs file 7:8 644',
        ]),
      );
    });

    test('says why it cannot become somebody else where root is its only user', () => {
      const { lines, code } = build(nobody, 'FROM base\nUSER app\nRUN true\n');
      if (code === undefined) return; // this user has ids in /etc/subuid
      expect(code).toBe('embedded/run-failed');
      expect(lines).toEqual([expect.stringContaining('not allowed here to become user 1000')]);
    });

    test('leaves no process when it is killed', async () => {
      const mark = `62${process.pid}`;
      const child = spawn(
        nobody[0] ?? '',
        [...nobody.slice(1), process.execPath, program, `FROM base\nRUN sleep ${mark}\n`],
        {
          stdio: 'ignore',
          env: { PATH: process.env['PATH'] ?? '', TMPDIR: temporaryForKilled() },
        },
      );
      await expect.poll(() => commandsWith(mark).length, { timeout: 20_000 }).toBeGreaterThan(0);
      child.kill('SIGKILL');
      await expect.poll(() => commandsWith(mark), { timeout: 5000 }).toEqual([]);
    });
  },
);

const temporaryForKilled = (): string => {
  const folder = mkdtempSync(join(temporary, 'killed-'));
  spawnSync('chmod', ['1777', folder, temporary]);
  return folder;
};

/** Command lines of busybox processes with the mark, without our own. */
const commandsWith = (mark: string): readonly string[] =>
  readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
      } catch {
        return '';
      }
    })
    .filter((command) => /^(?:\/bin\/busybox|sleep)\0/.test(command) && command.includes(mark));
