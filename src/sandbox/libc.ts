// The C library, through koffi.
import { createRequire } from 'node:module';

/** Gives a function for a declaration in C (https://koffi.dev/functions). */
export type Libc = (declaration: string) => (...args: readonly unknown[]) => number;

interface Koffi {
  load(name: null): { func(declaration: string): (...args: readonly unknown[]) => number };
}

/** Throws where koffi has no binary for the machine. */
export const openLibc = (): Libc => {
  const library = (createRequire(import.meta.url)('koffi') as Koffi).load(null);
  return (declaration) => library.func(declaration);
};

/** prctl(2). */
export const prctlOf = (libc: Libc): ((option: number, value: number) => number) => {
  const prctl = libc('int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)');
  return (option, value) => prctl(option, value, 0, 0, 0);
};
