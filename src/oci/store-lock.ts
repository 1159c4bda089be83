// The store's lock: whoever adds or uses blobs holds it shared, whoever collects garbage holds it alone. Files under
// `locks/`; those of processes that have died are void. Each side announces itself before it looks for the other, so at
// least one of two that come at once sees the other.
import { randomBytes } from 'node:crypto';
import { link, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode } from '../base/error-code.ts';
import { Failure } from '../base/failure.ts';
import { isRunning, markOf } from '../base/process-mark.ts';

const pollMs = 20;
const patienceMs = 10 * 60_000;

const busy = (problem: string): Failure =>
  new Failure('oci/store-busy', problem, {
    hint: 'Wait for the other process to end and try again.',
    failureClass: 'InfrastructureFailure',
    transient: true,
  });

let mark: string | undefined;
const ownMark = (): string => (mark ??= markOf(process.pid));

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
    const path = join(this.#folder, `use~${ownMark()}~${randomBytes(4).toString('hex')}`);
    const alone = join(this.#folder, 'alone');
    await this.#waitFor(async () => {
      await writeFile(path, '', { flag: 'w' });
      const owner = await readFile(alone, 'utf8').catch(() => undefined);
      if (owner === undefined || !isRunning(owner, alone)) return true;
      await rm(path, { force: true });
      return false;
    }, 'The image store is being cleaned by another process.');
    return path;
  }

  async #users(): Promise<number> {
    let users = 0;
    for (const name of await readdir(this.#folder)) {
      const [kind, user] = name.split('~');
      if (kind !== 'use' || user === undefined) continue;
      const path = join(this.#folder, name);
      if (isRunning(user, path)) users += 1;
      else await rm(path, { force: true });
    }
    return users;
  }

  async #claim(path: string): Promise<void> {
    const mine = join(this.#folder, `.claim~${process.pid}~${randomBytes(4).toString('hex')}`);
    await writeFile(mine, ownMark());
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
        if (isRunning(owner, path)) throw busy('The image store is being cleaned by another process.');
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
