// The command tree. Commands declare their arguments here and in commands/; their work is loaded when called.
import { Command, CommanderError } from 'commander';
import { buildCommand } from './commands/build.ts';
import { checkCommand } from './commands/check.ts';
import { imagesCommand } from './commands/images.ts';
import { initCommand } from './commands/init.ts';
import { inspectCommand } from './commands/inspect.ts';
import { logsCommand } from './commands/logs.ts';
import { planCommand } from './commands/plan.ts';
import { pushCommand } from './commands/push.ts';
import { registryCommand } from './commands/registry.ts';
import { runCommand } from './commands/run.ts';
import { runsCommand } from './commands/runs.ts';
import { showError } from './errors.ts';
import { exit, type ExitCode } from './exit.ts';
import type { Finish } from './finish.ts';
import { type Io, processIo } from './io.ts';
import { version } from './version.ts';

export const createProgram = (io: Io = processIo(), finish: Finish = () => {}): Command => {
  const program = new Command('slipway')
    .description('From a Dockerfile to a trusted image in every registry.')
    .version(`slipway ${version()}`, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'explain a command')
    .helpCommand(false)
    .showHelpAfterError('(see --help)')
    .showSuggestionAfterError();
  const commands = [
    runCommand,
    planCommand,
    checkCommand,
    initCommand,
    buildCommand,
    pushCommand,
    inspectCommand,
    imagesCommand,
    registryCommand,
    runsCommand,
    logsCommand,
  ];
  for (const command of commands) program.addCommand(command(io, finish));
  const tidy = (command: Command): void => {
    command
      .helpOption('-h, --help', 'explain this command')
      .exitOverride()
      .configureOutput({
        writeOut: (text) => io.stdout.write(text),
        writeErr: (text) => io.stderr.write(text),
        outputError: (text, write) => {
          write(`slipway: ${text.replace(/^error: /, '')}`);
        },
      });
    for (const below of command.commands) tidy(below);
  };
  tidy(program);
  return program;
};

/** Parses the arguments, runs the command and gives the exit code. Never throws. */
export const runProgram = async (args: readonly string[], io: Io = processIo()): Promise<ExitCode> => {
  let code: ExitCode = exit.ok;
  const program = createProgram(io, (given) => {
    code = given;
  });
  try {
    if (args.length === 0) {
      program.outputHelp();
      return exit.ok;
    }
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exit.ok : exit.usage;
    return showError(error, io);
  }
};
