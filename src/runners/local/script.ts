// The command of a step as a script file: nothing of it stands in argv.
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Shell } from '../../plan/operation.ts';

export interface Script {
  readonly command: readonly string[];
  /** Variables that the script had exported at its end, by name. */
  outputs(names: readonly string[]): Readonly<Record<string, string>>;
}

const interpreters: Readonly<Record<Shell, { readonly program: readonly string[]; readonly extension: string }>> = {
  Sh: { program: ['sh', '-e'], extension: 'sh' },
  Bash: { program: ['bash', '-e'], extension: 'sh' },
  Python: { program: ['python3', '-u'], extension: 'py' },
  Pwsh: { program: ['pwsh', '-NonInteractive', '-NoProfile', '-File'], extension: 'ps1' },
  Powershell: { program: ['powershell', '-NonInteractive', '-NoProfile', '-File'], extension: 'ps1' },
};

/** Code around the command that writes the environment, NUL-separated, when it ends in whatever way. */
const wrapped = (shell: Shell, command: string, file: string): string => {
  const quoted = file.replaceAll("'", "'\\''");
  switch (shell) {
    case 'Sh':
    case 'Bash':
      return `trap "env -0 > '${quoted}'" EXIT\n${command}\n`;
    case 'Python':
      return `import atexit as _a, os as _o\n_a.register(lambda: open(${JSON.stringify(file)}, 'wb').write(b'\\0'.join(k + b'=' + v for k, v in _o.environb.items())))\n${command}\n`;
    case 'Pwsh':
    case 'Powershell':
      return `$ErrorActionPreference = 'Stop'\ntry {\n${command}\n} finally {\n[IO.File]::WriteAllText('${file.replaceAll("'", "''")}', ((Get-ChildItem Env: | ForEach-Object { "$($_.Name)=$($_.Value)" }) -join [char]0))\n}\nif ($LASTEXITCODE) { exit $LASTEXITCODE }\n`;
    default:
      return shell satisfies never;
  }
};

/** `folder` is private to the step and removed after it. */
export const writeScript = (shell: Shell, command: string, folder: string, outputs: readonly string[]): Script => {
  const { program, extension } = interpreters[shell];
  const file = join(folder, `command.${extension}`);
  const environmentFile = join(folder, 'environment');
  writeFileSync(file, outputs.length === 0 ? `${command}\n` : wrapped(shell, command, environmentFile), {
    mode: 0o700,
  });
  chmodSync(file, 0o700);
  return {
    command: [...program, file],
    outputs: (names) => {
      let text = '';
      try {
        text = readFileSync(environmentFile, 'utf8');
      } catch {
        return {}; // the script replaced our EXIT trap or was killed: it has put nothing out
      }
      const all = new Map(
        text.split('\0').map((entry): [string, string] => {
          const equals = entry.indexOf('=');
          return [entry.slice(0, equals), entry.slice(equals + 1)];
        }),
      );
      return Object.fromEntries(names.flatMap((name) => (all.has(name) ? [[name, all.get(name) ?? '']] : [])));
    },
  };
};
