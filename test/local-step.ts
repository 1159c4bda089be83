// Runs one step by the local runner in a process of its own, for tests that end the engine: `node local-step.ts JSON`.
import { createLocalRunner } from '../src/runners/local/runner.ts';
import { type LocalStep, runLocalStep } from './run-local-step.ts';

const given = JSON.parse(process.argv[2] ?? '') as LocalStep & { readonly codebase: string; readonly workRoot: string };
const controller = new AbortController();
let interrupts = 0;
process.on('SIGINT', () => {
  interrupts += 1;
  if (interrupts > 1) process.exit(130);
  controller.abort(new DOMException('interrupted', 'AbortError'));
});
const runner = createLocalRunner({
  codebase: given.codebase,
  bind: false,
  workRoot: given.workRoot,
  excluded: [],
  environment: {},
});
try {
  const { lines } = await runLocalStep(runner, { ...given, signal: controller.signal });
  process.stdout.write(lines.join('\n'));
} catch (error) {
  process.stdout.write(`${error instanceof Error ? error.name : ''}\n`);
  process.exitCode = 1;
}
