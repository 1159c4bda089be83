import type { CodeTable } from '../../base/codes.ts';

export const embeddedCodes = {
  'embedded/bad-pattern': {
    meaning: 'A source of COPY or ADD is a pattern that is not complete.',
    remedy: 'Close brackets and complete ranges.',
  },
  'embedded/bad-platform': {
    meaning: 'A platform is not written as os/architecture.',
    remedy: 'Write it like linux/amd64.',
  },
  'embedded/bad-root': {
    meaning: 'The image has something else where the kernel’s file systems must be mounted.',
    remedy: 'Make /proc, /sys and /dev folders in the base image, or leave them out.',
  },
  'embedded/destination-not-a-folder': {
    meaning: 'Several sources go to a destination that is no folder.',
    remedy: 'End the destination with a slash.',
  },
  'embedded/file-changed': {
    meaning: 'A file of the context changed while it was read.',
    remedy: 'Build again when nothing writes to the context.',
  },
  'embedded/layer-cut': { meaning: 'A layer ends in the middle of a file.', remedy: 'Pull or build the image again.' },
  'embedded/mapped-files': {
    meaning: 'Files of an image could not be written, read or removed in the user namespace.',
    remedy: 'Give the user at least 65536 ids in /etc/subuid and /etc/subgid, or run as root.',
  },
  'embedded/no-context': {
    meaning: 'The build context is not a folder.',
    remedy: 'Check the context; it is relative to the workspace.',
  },
  'embedded/no-dockerfile': {
    meaning: 'The Dockerfile cannot be read.',
    remedy: 'Check its path; it is relative to the workspace, not to the context.',
  },
  'embedded/no-secret': {
    meaning: 'A RUN requires a build secret that was not given or cannot be read.',
    remedy: 'Give it with --secret id=file, or in the step.',
  },
  'embedded/run-failed': {
    meaning: 'The command of a RUN failed.',
    remedy: 'Read its output above; the exit code is the command’s.',
  },
  'embedded/source-missing': {
    meaning: 'A source of COPY, ADD or a mount is not there.',
    remedy: 'Check its path, the context and .dockerignore.',
  },
  'embedded/unknown-stage': {
    meaning: 'A trigger of a base image reads from a stage that is not built before.',
    remedy: 'Use another base image, or give the stage that it names.',
  },
  'embedded/unknown-user': {
    meaning: 'A user or group is not known in the image.',
    remedy: 'Make it with a RUN before, or use a number.',
  },
  'embedded/unsupported': {
    meaning: 'The Dockerfile uses something that the embedded builder does not do.',
    remedy: 'Do what the message says instead, or use another builder.',
  },
} as const satisfies CodeTable;
