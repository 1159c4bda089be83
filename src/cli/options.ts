// Options that several commands share, so that they read and mean the same everywhere.
import { type Command, InvalidArgumentError, Option } from 'commander';

/** For options that may be given more than once. */
export const collect = (value: string, previous: readonly string[] | undefined): readonly string[] => [
  ...(previous ?? []),
  value,
];

/** `name=value`; the name must not be empty. */
export const collectPairs = (
  value: string,
  previous: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> => {
  const equals = value.indexOf('=');
  if (equals < 1) throw new InvalidArgumentError(`Write it as name=value.`);
  return { ...previous, [value.slice(0, equals)]: value.slice(equals + 1) };
};

export const port = (value: string): number => {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0 || number > 65_535)
    throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return number;
};

/** The options of `PipelineRequest`: what a pipeline is resolved with. */
export const withPipelineOptions = (command: Command): Command =>
  command
    .optionsGroup('Inputs:')
    .option(
      '-i, --input <name=value>',
      'value for an <+input>, by its path, its last part or the variable it stands for; repeatable',
      collectPairs,
    )
    .option(
      '--input-file <file>',
      'YAML with input values: an input set, or a map of names to values; repeatable',
      collect,
    )
    .option('--secret-file <file>', 'secrets as NAME=value lines or a YAML map; repeatable', collect)
    .option('--secret-folder <folder>', 'secrets as files named after them; repeatable', collect)
    .option('--connectors <file>', 'connector YAML, as Harness exports it; repeatable', collect)
    .option('-c, --config <file>', 'configuration (default: the nearest slipway.yaml, from the pipeline upwards)')
    .optionsGroup('Choices:')
    .addOption(new Option('--runner <name>', 'where steps run, whatever the infrastructure says').choices(['local']))
    .addOption(
      new Option('--builder <name>', 'what builds images, whatever the table says').choices([
        'auto',
        'embedded',
        'docker-cli',
        'buildx',
        'kaniko',
        'buildah',
      ]),
    )
    .option('--strict-builder', 'refuse to let the embedded builder stand in for one that is not here')
    .option('--skip-unsupported', 'leave out stages and steps that Slipway reads but does not run')
    .option('--flag <name>', 'switch a feature flag on, such as CI_USE_BUILDX_ON_K8; repeatable', collect)
    .optionsGroup('Options:');
