// The bench frame: runs all contenders of a row alternately in one session and prints medians and ratios.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { arch, cpus, release, totalmem } from 'node:os';

export interface Contender {
  readonly name: string;
  /** Undefined when it is not installed: the row then says so. */
  readonly version: string | undefined;
  /** Called before each measured run, not measured: empties registries, removes outputs. */
  readonly before?: () => Promise<void> | void;
  readonly command: readonly string[];
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Row {
  readonly name: string;
  /** What is measured, on which made input. */
  readonly describes: string;
  /** The bound of the issue or design, in words. */
  readonly bound?: string;
  readonly rounds: number;
  /** The first contender is ours; the others are peers or a reference. Anything made lives until disposed. */
  prepare(): Promise<{ readonly contenders: readonly Contender[] } & AsyncDisposable>;
}

export interface Sample {
  /** Seconds, whole process. */
  readonly seconds: number;
  /** Largest resident set in MB of the process started, as the kernel counted it. */
  readonly peakMb: number;
}

export interface Measured {
  readonly contender: string;
  readonly version: string;
  readonly seconds: number;
  readonly fastest: number;
  readonly slowest: number;
  readonly peakMb: number;
  readonly runs: number;
}

export interface Result {
  readonly row: string;
  readonly describes: string;
  readonly bound?: string;
  readonly date: string;
  readonly machine: string;
  readonly measured: readonly Measured[];
  readonly missing: readonly string[];
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

export const machine = (): string =>
  `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release().replace(/-.*/, '')} ${arch()}, Node ${process.versions.node}`;

const peakOf = (pid: number): number => {
  try {
    return Number(/VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0; // it has ended
  }
};

const measure = async (contender: Contender): Promise<Sample> => {
  await contender.before?.();
  const started = performance.now();
  const [program = '', ...args] = contender.command;
  const child = spawn(program, args, {
    cwd: contender.cwd,
    env: { ...process.env, ...contender.environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-2000);
  });
  let peakMb = 0;
  const watch = setInterval(() => {
    peakMb = Math.max(peakMb, peakOf(child.pid ?? 0));
  }, 15);
  const status = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      resolve(code ?? 1);
    });
  });
  clearInterval(watch);
  const seconds = (performance.now() - started) / 1000;
  if (status !== 0)
    throw new Error(`${contender.name} failed (${status}): ${contender.command.join(' ')}\n${complaint}`);
  return { seconds, peakMb };
};

export const runRow = async (row: Row): Promise<Result> => {
  await using prepared = await row.prepare();
  const present = prepared.contenders.filter((c) => c.version !== undefined);
  const samples = new Map<string, Sample[]>(present.map((c) => [c.name, []]));
  for (let round = 0; round < row.rounds; round += 1) {
    for (const contender of present) samples.get(contender.name)?.push(await measure(contender));
  }
  return {
    row: row.name,
    describes: row.describes,
    ...(row.bound === undefined ? {} : { bound: row.bound }),
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
    measured: present.map((c) => {
      const all = samples.get(c.name) ?? [];
      const seconds = all.map((s) => s.seconds);
      return {
        contender: c.name,
        version: c.version ?? '',
        seconds: median(seconds),
        fastest: Math.min(...seconds),
        slowest: Math.max(...seconds),
        peakMb: Math.max(...all.map((s) => s.peakMb)),
        runs: all.length,
      };
    }),
    missing: prepared.contenders.filter((c) => c.version === undefined).map((c) => c.name),
  };
};

/** A table for people; `ratio` is ours over theirs, so below 1 we are faster. */
export const showResult = (result: Result): string => {
  const ours = result.measured[0];
  const lines = result.measured.map((m) =>
    [
      `  ${m.contender.padEnd(26)}`,
      `${m.seconds.toFixed(3).padStart(8)} s`,
      `(${m.fastest.toFixed(3)}–${m.slowest.toFixed(3)})`.padStart(17),
      `${m.peakMb.toFixed(0).padStart(6)} MB`,
      ours === undefined || m === ours ? '' : `  ours/theirs ${(ours.seconds / m.seconds).toFixed(2)}`,
    ].join(' '),
  );
  return [
    `${result.row}: ${result.describes}`,
    ...(result.bound === undefined ? [] : [`  bound: ${result.bound}`]),
    ...lines,
    ...result.missing.map((name) => `  ${name}: not installed, not measured`),
  ].join('\n');
};
