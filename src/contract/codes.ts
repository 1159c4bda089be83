import type { CodeTable } from '../base/codes.ts';

export const contractCodes = {
  'contract/auto-and-expand': { meaning: 'auto_tag and expand_tag are both on.', remedy: 'Remove one of them.' },
  'contract/auto-and-tags': { meaning: 'auto_tag and tags are both set for Kaniko.', remedy: 'Remove one of them.' },
  'contract/auto-tag': {
    meaning: 'auto_tag finds no tag for this git reference.',
    remedy: 'Build from a tag like v1.2.3 or the default branch, or name the tags.',
  },
  'contract/bad-boolean': { meaning: 'A switch is neither true nor false.', remedy: 'Write true or false.' },
  'contract/bad-format': { meaning: 'An archive format does not exist.', remedy: 'Write docker or oci.' },
  'contract/bad-integer': { meaning: 'A number is not a whole number.', remedy: 'Write digits only.' },
  'contract/bad-pair': { meaning: 'An item is not NAME=value.', remedy: 'Write it as NAME=value.' },
  'contract/bad-platform': {
    meaning: 'A platform cannot be read.',
    remedy: 'Write os/architecture, like linux/arm64.',
  },
  'contract/bad-reference': {
    meaning: 'Repository and tag make no image reference.',
    remedy: 'Write registry/repository in lower case, and a tag.',
  },
  'contract/bad-tag': {
    meaning: 'A tag has characters that no registry takes.',
    remedy: 'Use letters, digits, "_", "." and "-".',
  },
  'contract/given-twice': {
    meaning: 'Two names of one setting are given with different values.',
    remedy: 'Remove one of them.',
  },
  'contract/half-login': {
    meaning: 'A login has a user without password, or a password without user.',
    remedy: 'Set both, or none.',
  },
  'contract/late-boolean': {
    meaning: 'A switch depends on a step that runs later.',
    remedy: 'Decide it before the run.',
  },
  'contract/no-push-and-push-only': {
    meaning: 'A step shall neither push nor build.',
    remedy: 'Remove no_push or push_only.',
  },
  'contract/no-repository': {
    meaning: 'A step that pushes has no repository.',
    remedy: 'Set repo (imageName, repository).',
  },
  'contract/no-tags': { meaning: 'The list of tags is empty.', remedy: 'Write at least one tag.' },
  'contract/other-registry': {
    meaning: 'The login of a step is for another registry than the one it pushes to.',
    remedy: 'Write the registry in front of the repository.',
  },
  'contract/path-outside': {
    meaning: 'A path leaves the workspace and the shared paths.',
    remedy: 'Use a path relative to the workspace.',
  },
  'contract/placeholder': {
    meaning: 'A name in capitals stands where an example wants your own.',
    remedy: 'Put your own value there before you run it.',
  },
  'contract/refused-setting': {
    meaning: 'A setting cannot be honoured here.',
    remedy: 'Do what the message says instead, or remove it.',
  },
  'contract/remote-context': {
    meaning: 'The build context is an address, not a folder.',
    remedy: 'Clone it first and name the folder.',
  },
  'contract/several-platforms': {
    meaning: 'The embedded builder builds one platform at a time.',
    remedy: 'Use one step for each platform.',
  },
  'contract/source-without-push-only': {
    meaning: 'A source is named in a step that builds.',
    remedy: 'Set push_only, or remove the source.',
  },
  'contract/tar-with-push-only': {
    meaning: 'tar_path is set in a step that builds nothing.',
    remedy: 'Use source_tar_path.',
  },
  'contract/two-sources': { meaning: 'Two sources are named for one push.', remedy: 'Keep one of them.' },
  'contract/unknown-setting': {
    meaning: 'A setting means nothing to this plugin.',
    remedy: 'Use the setting that the message names, or remove it.',
  },
} as const satisfies CodeTable;
