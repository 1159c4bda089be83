// The store's lock: whoever adds or uses blobs holds it shared, whoever collects garbage holds it alone. Files under
// `locks/`; those of processes that have died are void. Each side announces itself before it looks for the other, so at
// least one of two that come at once sees the other.
import { randomBytes } from 'node:crypto';
import { link, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode } from '../base/error-code.ts';
import { Failure } from '../base/failure.ts';

const pollMs = 20;
const patienceMs = 10 * 60_000;
/** Holders on other machines cannot be asked whether they live. */
const foreignHolderMs = 24 * 3_600_000;

const busy = (problem: string): Failure =>
  new Failure('oci/store-busy', problem, {
    hint: 'Wait for the other process to end and try again.',
    failureClass: 'InfrastructureFailure',
    transient: true,
  });

/** Clock ticks since boot at which a process started: tells a process from a later one with the same id. Empty where /proc is not. */
const startOf = async (pid: number): Promise<string> => {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
};

const host = encodeURIComponent(hostname()).slice(0, 100);
let identity: Promise<string> | undefined;
const ownIdentity = (): Promise<string> => {
  identity ??= startOf(process.pid).then((start) => `${host}~${process.pid}~${start}`);
  return identity;
};

const isAlive = async (holder: string, path: string): Promise<boolean> => {
  const [where, pid, start] = holder.split('~');
  if (where !== host) {
    const found = await stat(path).catch(() => undefined);
    return found !== undefined && Date.now() - found.mtimeMs < foreignHolderMs;
  }
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if (errorCode(error) !== 'EPERM') return false;
  }
  return start === undefined || start === '' || (await startOf(Number(pid))) === start;
};

export class StoreLock {
  readonly #folder: string;
  #holders = 0;
  #held: Promise<string> | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Nested and parallel uses within a process share one file. */
  async shared<T>(work: () => Promise<T>): Promise<T> {
    this.#holders += 1;
    this.#held ??= this.#announce();
    const held = this.#held;
    try {
      await held;
      return await work();
    } finally {
      this.#holders -= 1;
      if (this.#holders === 0) {
        this.#held = undefined;
        await held.then((path) => rm(path, { force: true })).catch(() => {});
      }
    }
  }

  /** Throws Failure `oci/store-busy` when another process collects, or when the users do not end. Not from within `shared`. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    const path = join(this.#folder, 'alone');
    await this.#claim(path);
    try {
      await this.#waitFor(async () => (await this.#users()) === 0, 'The image store is in use by another process.');
      return await work();
    } finally {
      await rm(path, { force: true });
    }
  }

  async #announce(): Promise<string> {
    const path = join(this.#folder, `use~${await ownIdentity()}~${randomBytes(4).toString('hex')}`);
    const alone = join(this.#folder, 'alone');
    await this.#waitFor(async () => {
      await writeFile(path, '', { flag: 'w' });
      const owner = await readFile(alone, 'utf8').catch(() => undefined);
      if (owner === undefined || !(await isAlive(owner, alone))) return true;
      await rm(path, { force: true });
      return false;
    }, 'The image store is being cleaned by another process.');
    return path;
  }

  async #users(): Promise<number> {
    let users = 0;
    for (const name of await readdir(this.#folder)) {
      if (!name.startsWith('use~')) continue;
      const path = join(this.#folder, name);
      if (await isAlive(name.slice('use~'.length), path)) users += 1;
      else await rm(path, { force: true });
    }
    return users;
  }

  async #claim(path: string): Promise<void> {
    const mine = join(this.#folder, `.claim~${process.pid}~${randomBytes(4).toString('hex')}`);
    await writeFile(mine, await ownIdentity());
    try {
      for (;;) {
        try {
          await link(mine, path);
          return;
        } catch (error) {
          if (errorCode(error) !== 'EEXIST') throw error;
        }
        const owner = await readFile(path, 'utf8').catch(() => undefined);
        if (owner === undefined) continue;
        if (await isAlive(owner, path)) throw busy('The image store is being cleaned by another process.');
        await this.#discard(path, owner);
      }
    } finally {
      await rm(mine, { force: true });
    }
  }

  /** Removes a dead process's claim, unless somebody else has just replaced it. */
  async #discard(path: string, owner: string): Promise<void> {
    const aside = join(this.#folder, `.dead~${randomBytes(4).toString('hex')}`);
    try {
      await rename(path, aside);
      if ((await readFile(aside, 'utf8')) !== owner) await link(aside, path);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT' && errorCode(error) !== 'EEXIST') throw error;
    } finally {
      await rm(aside, { force: true });
    }
  }

  async #waitFor(condition: () => Promise<boolean>, problem: string): Promise<void> {
    for (const deadline = Date.now() + patienceMs; !(await condition()); await sleep(pollMs)) {
      if (Date.now() > deadline) throw busy(problem);
    }
  }
}
