import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { busyboxBase, membersOf, namesOf, openBuildSpace, textTree } from '../../../test/dockerfile-build.ts';
import { fileMember, member } from '../../../test/images.ts';
import { needs } from '../../../test/needs.ts';

const isRoot = process.getuid?.() === 0;
const inRoot = needs(['unshare', 'setpriv', 'busybox'], isRoot ? [] : ['root']);
const text = (image: Awaited<ReturnType<typeof busyboxBase>>) => textTree(image);

afterEach(() => {
  delete process.env['SLIPWAY_ISOLATION'];
});

const open = async () => {
  const space = await openBuildSpace();
  space.bases.set('base', busyboxBase());
  return space;
};

inRoot('RUN in each isolation', () => {
  test.each(['overlay', 'copy', 'chroot'])(
    '%s: the layer has what the command changed and nothing else',
    async (isolation) => {
      process.env['SLIPWAY_ISOLATION'] = isolation;
      await using space = await open();
      space.bases.set(
        'base',
        busyboxBase([member('srv', 'directory'), fileMember('srv/old', 'old'), fileMember('srv/kept', 'kept')]),
      );
      const image = await space.build(
        'FROM base\nWORKDIR /work\nRUN rm /srv/old && echo new > /srv/new && ln -s new /srv/link && echo "in $PWD"\n',
      );
      expect(space.lines).toContain('in /work');
      const names = (await namesOf(image)).filter((name) => name !== 'srv');
      expect(names).toEqual(expect.arrayContaining(['srv/.wh.old', 'srv/new', 'srv/link']));
      expect(names).toHaveLength(3);
      const tree = await text(image);
      expect(tree['srv/old']).toBeUndefined();
      expect(tree['srv/kept']).toBe('kept');
    },
  );

  test.each(['overlay', 'copy', 'chroot'])(
    '%s: a command gets its environment, user, groups and folder exactly',
    async (isolation) => {
      process.env['SLIPWAY_ISOLATION'] = isolation;
      await using space = await open();
      const image = await space.build(
        `FROM base\nENV A="x y" PATH=/bin we.ird=1\nARG B=arg\nUSER app\nWORKDIR /home/app\nRUN ["env"]\nRUN id -u; id -g; id -G; echo "$HOME"\nUSER 12:13\nRUN ["id"]\n`,
      );
      const start = space.lines.slice(0, 5);
      expect(start.toSorted()).toEqual(['A=x y', 'B=arg', 'HOME=/home/app', 'PATH=/bin', 'we.ird=1']);
      expect(space.lines.slice(5, 9)).toEqual(['1000', '1001', expect.stringMatching(/^1001 2000$/), '/home/app']);
      expect(space.lines[9]).toMatch(/^uid=12 gid=13/);
      const home = (await membersOf(image, 1)).find((e) => e.path === 'home/app');
      expect(home).toMatchObject({ uid: 1000, gid: 1001 });
    },
  );
});

inRoot('RUN', () => {
  test('output can be opened again as /dev/stdout, also by another user; both streams come as lines', async () => {
    await using space = await open();
    await space.build(
      'FROM base\nUSER app\nRUN echo one > /dev/stdout; echo two > /dev/stderr; cat /dev/null; echo -n end\n',
    );
    expect(space.lines.toSorted()).toEqual(['end', 'one', 'two']);
  });

  test('forms: shell with SHELL, exec, heredoc and script', async () => {
    await using space = await open();
    await space.build(
      'FROM base\nRUN <<EOF\necho heredoc\nEOF\nRUN <<EOF\n#!/bin/cat\nscript\nEOF\nRUN ["echo", "exec $x"]\nSHELL ["/bin/busybox", "echo"]\nRUN shell text\n',
    );
    expect(space.lines).toEqual(['heredoc', '#!/bin/cat', 'script', 'exec $x', 'shell text']);
  });

  test('kernel file systems are there, the host is not, and the layer has no trace of them', async () => {
    await using space = await open();
    space.bases.set('base', busyboxBase([member('etc/resolv.conf', 'symlink', { linkTarget: '../run/resolve/stub' })]));
    const image = await space.build(
      [
        'FROM base',
        'RUN test -c /dev/null && test -d /proc/self && test -r /etc/hosts && test -d /sys && echo "$(readlink /proc/self/exe)"',
        'RUN ! mount -t tmpfs none /etc && ! echo b > /proc/sysrq-trigger && ls /proc | grep -c "^[0-9]" ; echo $$',
        'RUN mknod /disk b 254 0 && ! cat /disk 2>&1; cat /etc/resolv.conf | wc -l; rm -r /disk',
        '',
      ].join('\n'),
    );
    expect(space.lines).toContain('/bin/busybox');
    expect(space.lines).toContain('1');
    expect(space.lines.join('\n')).toMatch(/not permitted|Permission denied/i);
    expect(await namesOf(image, 1)).toEqual([]);
    expect(await namesOf(image, 3)).toEqual([]);
  });

  test('mounts: a folder and a file of the context, of a stage, tmpfs, a secret as file and variable', async () => {
    await using space = await open();
    space.file('in/a.txt', 'from the context');
    const image = await space.build(
      [
        'FROM base AS other',
        'RUN mkdir /out && echo built > /out/b && ln -s /out/b /link',
        'FROM base',
        'RUN --mount=target=/src --mount=source=in/a.txt,target=/one --mount=from=other,source=/out,target=/stage,rw \\',
        '  --mount=type=tmpfs,target=/tmp/fast --mount=type=secret,id=s --mount=type=secret,id=s,env=S,target=/deep/er/s,uid=1000,mode=0440 \\',
        '  cat /src/in/a.txt /one /stage/b; echo; cat /run/secrets/s; echo " $S"; stat -c "%u %a" /deep/er/s; echo x > /stage/b; ! touch /src/x 2> /dev/null; touch /tmp/fast/x',
        '',
      ].join('\n'),
      { secret: (id) => (id === 's' ? Buffer.from('hush') : undefined) },
    );
    expect(space.lines).toEqual(['from the contextfrom the contextbuilt', '', 'hush hush', '1000 440']);
    expect(await namesOf(image)).toEqual([]);
    expect(JSON.stringify(image.config)).not.toContain('hush');
  });

  test('a cache mount keeps its files from build to build, with owner and mode, and never enters the image', async () => {
    await using space = await open();
    const line = (n: number) =>
      `FROM base\nUSER app\nRUN --mount=type=cache,target=/cache,uid=1000,gid=1001,mode=0700,sharing=locked echo ${n} >> /cache/log; cat /cache/log; stat -c "%u:%g %a" /cache\n`;
    await space.build(line(1));
    expect(space.lines).toEqual(['1', '1000:1001 700']);
    const image = await space.build(line(2));
    expect(space.lines).toEqual(['1', '2', '1000:1001 700']);
    expect(await namesOf(image)).toEqual([]);
  });

  test('a locked cache is used by one RUN after the other', async () => {
    await using space = await open();
    const stage = (name: string) =>
      `FROM base AS ${name}\nRUN --mount=type=cache,id=c,target=/c,sharing=locked echo in >> /c/log; sleep 0.3; echo out >> /c/log; cat /c/log > /${name}\n`;
    const image = await space.build(`${stage('a')}${stage('b')}FROM scratch\nCOPY --from=a /a /\nCOPY --from=b /b /\n`);
    const tree = await text(image);
    expect([tree['a'], tree['b']].toSorted((a = '', b = '') => a.length - b.length)).toEqual([
      'in\nout\n',
      'in\nout\nin\nout\n',
    ]);
  });

  test('--network=none leaves the loop back only', async () => {
    await using space = await open();
    await space.build('FROM base\nRUN --network=none ["/bin/busybox", "sh", "-c", "ls /sys/class/net"]\n');
    expect(space.lines).toEqual(['lo']);
  });

  test('links in an image do not lead a mount or a working folder out of the root', async () => {
    await using space = await open();
    const outside = join(space.folder, 'outside');
    mkdirSync(outside);
    space.bases.set(
      'base',
      busyboxBase(
        [
          member('run', 'symlink', { linkTarget: outside }),
          member('w', 'symlink', { linkTarget: outside }),
          member('data', 'symlink', { linkTarget: `../../../../../..${outside}` }),
        ],
        { config: { WorkingDir: '/w/sub' } },
      ),
    );
    await space.build(
      'FROM base\nRUN --mount=type=secret,id=s --mount=type=cache,target=/data/c cat /run/secrets/s; pwd',
      {
        secret: () => Buffer.from('hush'),
      },
    );
    expect(space.lines).toEqual([expect.stringMatching(/^hush\//)]);
    expect(readdirSync(outside)).toEqual([]);
    space.bases.set('base', busyboxBase([member('proc', 'symlink', { linkTarget: outside })]));
    expect((await space.refusal('FROM base\nRUN true\n')).code).toBe('embedded/bad-root');
    expect(readdirSync(outside)).toEqual([]);
  });

  test.each([
    {
      name: 'a command that fails',
      run: 'RUN echo before; exit 3',
      code: 'embedded/run-failed',
      facts: { exitCode: 3, line: 2 },
    },
    {
      name: 'a program that is not there',
      run: 'RUN ["/no/such"]',
      code: 'embedded/run-failed',
      facts: { exitCode: 127 },
    },
    {
      name: 'a script whose interpreter is not there',
      run: 'COPY <<EOF /s\n#!/no/sh\nEOF\nRUN ["/bin/busybox", "chmod", "755", "/s"]\nRUN ["/s"]',
      code: 'embedded/run-failed',
      facts: { exitCode: 127 },
    },
    {
      name: 'a program for another machine',
      run: 'COPY --chmod=755 <<EOF /bad\n\x7fELF garbage\nEOF\nRUN ["/bad"]',
      code: 'embedded/run-failed',
      facts: { exitCode: 126 },
    },
    { name: 'an unknown user', run: 'USER nobody-here\nRUN true', code: 'embedded/unknown-user', facts: { line: 3 } },
    {
      name: 'a required secret',
      run: 'RUN --mount=type=secret,id=k,required=true true',
      code: 'embedded/no-secret',
      facts: {},
    },
    {
      name: 'a mount source',
      run: 'RUN --mount=source=nope,target=/x true',
      code: 'embedded/source-missing',
      facts: { path: 'nope' },
    },
    { name: 'ssh', run: 'RUN --mount=type=ssh true', code: 'embedded/unsupported', facts: { line: 2 } },
    { name: 'insecure', run: 'RUN --security=insecure true', code: 'embedded/unsupported', facts: { line: 2 } },
  ])('$name fails with code and place, and leaves nothing behind', async ({ run, code, facts }) => {
    await using space = await open();
    const failure = await space.refusal(`FROM base\n${run}\n`);
    expect(failure).toMatchObject({ code, facts: { file: 'Dockerfile', ...facts } });
    expect(failure.message).toMatch(/^Dockerfile:\d+: /);
    expect(workIn(space.folder)).toEqual([]);
  });

  test('aborting ends the whole tree, also what has left the process group', async () => {
    await using space = await open();
    const abort = new AbortController();
    const mark = `7${process.pid}`;
    const building = space.build(
      `FROM base\nRUN (/bin/busybox setsid /bin/busybox sleep ${mark} &) ; echo started; sleep ${mark}\n`,
      {
        signal: abort.signal,
        log: () => {
          abort.abort(new Error('stop'));
        },
      },
    );
    await expect(building).rejects.toThrow('stop');
    const left = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandOf(pid).includes(mark));
    expect(left).toEqual([]);
    expect(workIn(space.folder)).toEqual([]);
  });

  test('kill -9 of the engine leaves no process, and the next build removes its files', async () => {
    await using space = await open();
    const mark = `8${process.pid}`;
    const program = join(import.meta.dirname, 'testdata/build-process.ts');
    const child = spawn(process.execPath, [program, space.folder, mark], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => {
      child.stdout.once('data', resolve);
      child.once('exit', resolve);
    });
    const running = () =>
      readdirSync('/proc').filter(
        (pid) => /^\d+$/.test(pid) && /busybox|sleep/.test(commandOf(pid)) && commandOf(pid).includes(mark),
      );
    expect(running()).not.toEqual([]);
    child.kill('SIGKILL');
    await expect.poll(running, { timeout: 5000 }).toEqual([]);
    const work = join(space.folder, 'cache', 'run');
    expect(readdirSync(work)).not.toEqual([]);
    expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(space.folder.replaceAll(' ', '\\040'));
    await space.build('FROM base\nRUN true\n');
    expect(readdirSync(work)).toEqual([]);
  });

  test('a file that has several names stays one file', async () => {
    await using space = await open();
    const image = await space.build('FROM base\nRUN echo big > /z && ln /z /a\n');
    const members = await membersOf(image);
    expect(members.map((e) => [e.path, e.type])).toEqual([
      ['a', 'file'],
      ['z', 'hardlink'],
    ]);
  });

  test('a folder that is replaced hides what was below', async () => {
    await using space = await open();
    space.bases.set('base', busyboxBase([member('d', 'directory'), fileMember('d/old', '1')]));
    const image = await space.build('FROM base\nRUN rm -r /d && mkdir /d && echo 2 > /d/new\nRUN ls /d\n');
    expect(space.lines).toEqual(['new']);
    expect(Object.keys(await text(image)).filter((p) => p.startsWith('d/'))).toEqual(['d/new']);
  });
});

const workIn = (folder: string): readonly string[] => {
  const work = join(folder, 'cache', 'run');
  return existsSync(work) ? readdirSync(work) : [];
};

const commandOf = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
};

describe('without privilege', () => {
  test('nothing of a Dockerfile without RUN makes a folder of layers', async () => {
    await using space = await openBuildSpace();
    space.file('a', '1');
    await space.build('FROM scratch\nCOPY a /\n');
    expect(existsSync(join(space.folder, 'cache', 'layers'))).toBe(false);
    expect(statSync(join(space.folder, 'cache')).mode & 0o077).toBe(0);
  });
});
