// Last step into a root file system: takes the root, the limits and the identity, then becomes the command with exactly its environment.
// A program of its own (`node enter-root-worker.ts SPEC` in the new root), because a shell would add variables and could not set some.
import { accessSync, constants, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { errorCode } from '../base/error-code.ts';
import type { EnterSpec } from './enter-root.ts';
import { openLibc, prctlOf } from './libc.ts';

/** Of capability.h; what Docker leaves to a container's root by default: chown, dac_override, fowner, fsetid, kill, setgid, setuid, setpcap, net_bind_service, net_raw, sys_chroot, mknod, audit_write, setfcap. */
const keptCapabilities: ReadonlySet<number> = new Set([0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31]);
const lastCapability = 63;
const prCapbsetDrop = 24;

const stop = (problem: string, code: number): never => {
  process.stderr.write(`${problem}\n`);
  process.exit(code);
};

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
};

/** As execvp(3) searches. */
const findProgram = (name: string, path: string): string | undefined =>
  name.includes('/')
    ? [name].find(isProgram)
    : path
        .split(':')
        .map((folder) => `${folder === '' ? '.' : folder}/${name}`)
        .find(isProgram);

/** The interpreter that a script names, when it is not there: execve would fail for it. */
const missingInterpreter = (program: string): string | undefined => {
  let head;
  try {
    head = readFileSync(program).subarray(0, 256).toString('latin1');
  } catch {
    return undefined; // may be executed without being readable
  }
  const interpreter = /^#![ \t]*([^\s]+)/.exec(head)?.[1];
  return interpreter === undefined || isProgram(interpreter) ? undefined : interpreter;
};

const [, , file = ''] = process.argv;
const spec = JSON.parse(readFileSync(file, 'utf8')) as EnterSpec;
rmSync(file);

const libc = openLibc();
const prctl = prctlOf(libc);
if (libc('int chroot(const char *path)')('.') !== 0) stop('slipway: chroot is not allowed here', 125);
process.chdir('/');
for (let capability = 0; capability <= lastCapability; capability += 1)
  if (!keptCapabilities.has(capability)) prctl(prCapbsetDrop, capability);
process.umask(0o022);
mkdirSync(spec.folder, { recursive: true });
try {
  process.setgroups?.([...spec.groups]);
  process.setgid?.(spec.gid);
  process.setuid?.(spec.uid);
} catch {
  // A root without CAP_SETGID stays the root it is; it cannot become somebody else.
  if (spec.uid !== 0 || spec.gid !== 0) stop(`slipway: it is not allowed here to become user ${spec.uid}`, 125);
}
try {
  process.chdir(spec.folder);
} catch {
  stop(`slipway: the working folder ${spec.folder} cannot be entered by user ${spec.uid}`, 126);
}
const [name = ''] = spec.command;
const program = findProgram(name, spec.environment.find(([n]) => n === 'PATH')?.[1] ?? '');
if (program === undefined) stop(`exec: "${name}": not found in the image, or not executable`, 127);
else {
  const interpreter = missingInterpreter(program);
  if (interpreter !== undefined) stop(`exec: "${program}": its interpreter ${interpreter} is not in the image`, 127);
  try {
    process.execve?.(program, [...spec.command], Object.fromEntries(spec.environment));
  } catch (error) {
    const foreign = errorCode(error) === 'ENOEXEC';
    stop(
      `exec: "${program}": ${foreign ? 'not a program for this machine (a script needs a first line like #!/bin/sh)' : String(error)}`,
      126,
    );
  }
}
