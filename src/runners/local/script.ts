// The command of a step as a script file: nothing of it stands in argv.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { shellQuote } from '../../base/shell-quote.ts';
import { errorCode } from '../../base/error-code.ts';
import type { Shell } from '../../plan/operation.ts';

export interface Script {
  readonly command: readonly string[];
  /** Values of the variables asked for, as they were when the script ended; those it did not set are absent. */
  outputs(): Readonly<Record<string, string>>;
}

const interpreters: Readonly<Record<Shell, { readonly program: readonly string[]; readonly extension: string }>> = {
  Sh: { program: ['sh', '-e'], extension: 'sh' },
  Bash: { program: ['bash', '-e'], extension: 'sh' },
  Python: { program: ['python3', '-u'], extension: 'py' },
  Pwsh: { program: ['pwsh', '-NonInteractive', '-NoProfile', '-File'], extension: 'ps1' },
  Powershell: { program: ['powershell', '-NonInteractive', '-NoProfile', '-File'], extension: 'ps1' },
};

const psQuote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/**
 * The values are written at the end of the script, and in an EXIT trap for scripts that leave earlier; a script that sets a trap
 * of its own still has the first.
 */
const shWrapper = (command: string, dump: string): string => {
  const write = `/usr/bin/env -0 > ${shellQuote(dump)}`;
  return `trap ${shellQuote(write)} EXIT\n${command}\n{ slipway_code=$?; ${write}; (exit $slipway_code); }\n`;
};

const pythonWrapper = (file: string, dump: string): string => `import atexit, os, runpy
def _write():
    with open(${JSON.stringify(dump)}, 'wb') as out:
        out.write(b'\\0'.join(os.fsencode(k) + b'=' + os.fsencode(v) for k, v in os.environ.items()))
atexit.register(_write)
runpy.run_path(${JSON.stringify(file)}, run_name='__main__')
`;

const powershellWrapper = (file: string, dump: string): string => `$ErrorActionPreference = 'Stop'
try {
  & ${psQuote(file)}
} finally {
  [IO.File]::WriteAllText(${psQuote(dump)}, ((Get-ChildItem Env: | ForEach-Object { "$($_.Name)=$($_.Value)" }) -join [char]0))
}
if ($LASTEXITCODE) { exit $LASTEXITCODE }
`;

/** `folder` is private to the step and removed after it. */
export const writeScript = (shell: Shell, command: string, folder: string, outputs: readonly string[]): Script => {
  const { program, extension } = interpreters[shell];
  const file = join(folder, `command.${extension}`);
  const dump = join(folder, 'environment');
  const write = (path: string, text: string): string => {
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  let run: string;
  switch (shell) {
    case 'Sh':
    case 'Bash':
      run = write(file, outputs.length === 0 ? `${command}\n` : shWrapper(command, dump));
      break;
    case 'Python':
      write(file, `${command}\n`);
      run = outputs.length === 0 ? file : write(join(folder, 'run.py'), pythonWrapper(file, dump));
      break;
    case 'Pwsh':
    case 'Powershell':
      write(file, `${outputs.length === 0 ? "$ErrorActionPreference = 'Stop'\n" : ''}${command}\n`);
      run = outputs.length === 0 ? file : write(join(folder, 'run.ps1'), powershellWrapper(file, dump));
      break;
    default:
      return shell satisfies never;
  }
  return {
    command: [...program, run],
    outputs: () => {
      if (outputs.length === 0) return {};
      const values = readDump(dump);
      return Object.fromEntries(
        outputs.flatMap((name) => (values.has(name) ? [[name, values.get(name) ?? ''] as const] : [])),
      );
    },
  };
};

const readDump = (path: string): ReadonlyMap<string, string> => {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return new Map(); // the script replaced itself by another program
    throw error;
  }
  return new Map(
    text.split('\0').flatMap((entry): [string, string][] => {
      const equals = entry.indexOf('=');
      return equals < 0 ? [] : [[entry.slice(0, equals), entry.slice(equals + 1)]];
    }),
  );
};
