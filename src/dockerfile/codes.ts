// Codes of this room. Those of checks carry the names of BuildKit's rules.
import type { CodeTable } from '../base/codes.ts';

export const dockerfileCodes = {
  'dockerfile/too-large': {
    meaning: 'The Dockerfile, one of its heredocs or its number of lines is beyond what a person writes.',
    remedy: 'Copy large content from a file of the build context instead of writing it into the Dockerfile.',
  },
  'dockerfile/no-stage': {
    meaning: 'The Dockerfile has no FROM, so there is nothing to build.',
    remedy: 'Begin it with FROM and an image, or FROM scratch.',
  },
  'dockerfile/bad-directive': {
    meaning: 'A parser directive in the first comment lines is given twice or has a value that it cannot have.',
    remedy: 'Keep one of each; escape may be \\ or `.',
  },
  'dockerfile/unknown-instruction': {
    meaning: 'A line does not begin with an instruction that Dockerfiles have.',
    remedy: 'Correct the keyword, or end the line before with the escape character if it should go on here.',
  },
  'dockerfile/before-from': {
    meaning: 'An instruction other than ARG stands before the first FROM.',
    remedy: 'Move it below the FROM of the stage it belongs to.',
  },
  'dockerfile/missing-argument': {
    meaning: 'An instruction has fewer arguments than it needs.',
    remedy: 'Add what the message says is missing.',
  },
  'dockerfile/too-many-arguments': {
    meaning: 'An instruction has more arguments than it takes.',
    remedy: 'Remove what is too much, or put quotes around a value with spaces where the instruction reads quotes.',
  },
  'dockerfile/bad-json': {
    meaning:
      'An argument list in JSON form has members that are not strings, or the instruction takes the JSON form only.',
    remedy: 'Write it like ["program", "argument"], with double quotes.',
  },
  'dockerfile/malformed-json': {
    meaning: 'An argument looks like a JSON list but is not one, so it is read as shell text or as file names.',
    remedy: 'Use double quotes and no comma after the last member.',
  },
  'dockerfile/empty-command': {
    meaning: 'An instruction that takes a command has none.',
    remedy: 'Write the command, or remove the instruction.',
  },
  'dockerfile/unterminated-heredoc': {
    meaning: 'A heredoc is not ended by a line with its name alone.',
    remedy: 'Add that line, without spaces before it (after <<- tabs are allowed).',
  },
  'dockerfile/bad-heredoc': {
    meaning: 'A heredoc stands where a path is needed.',
    remedy: 'Write the destination as a path after the heredocs.',
  },
  'dockerfile/unknown-flag': {
    meaning: 'An instruction does not have this flag.',
    remedy: 'Correct its name; put -- before arguments that begin with --.',
  },
  'dockerfile/duplicate-flag': {
    meaning: 'A flag that has one value is given twice.',
    remedy: 'Keep one of them.',
  },
  'dockerfile/bad-flag-value': {
    meaning: 'A flag has no value where it needs one, or one that it cannot have.',
    remedy: 'Give it a value of the kind the message names.',
  },
  'dockerfile/bad-pair': {
    meaning: 'A name=value pair has no "=" or no name.',
    remedy: 'Write name=value, with quotes around a value that has spaces.',
  },
  'dockerfile/bad-stage-name': {
    meaning: 'A name after AS is not a stage name.',
    remedy: 'Begin with a letter and use letters, digits, "-", "_" and ".".',
  },
  'dockerfile/bad-mount': {
    meaning: 'A RUN --mount has a field, a value or a combination that its type does not have.',
    remedy: 'Correct the field that the message names.',
  },
  'dockerfile/bad-healthcheck': {
    meaning: 'A HEALTHCHECK is neither NONE nor CMD with a command.',
    remedy: 'Write HEALTHCHECK CMD and the command, or HEALTHCHECK NONE.',
  },
  'dockerfile/bad-trigger': {
    meaning: 'ONBUILD has an instruction that cannot be a trigger.',
    remedy: 'Use any instruction but FROM, MAINTAINER and ONBUILD.',
  },
  'dockerfile/bad-port': {
    meaning: 'EXPOSE has something that is not a port.',
    remedy: 'Write 8080, 8080/udp or 8000-8010.',
  },
  'dockerfile/bad-signal': {
    meaning: 'STOPSIGNAL has something that is not a signal.',
    remedy: 'Write a name such as SIGTERM, or a number other than 0.',
  },
  'dockerfile/bad-expansion': {
    meaning: 'A variable cannot be expanded: bad syntax, or ${name:?message} found it unset.',
    remedy: 'Correct the substitution, or give the variable a value by ARG, ENV or --build-arg.',
  },
  'dockerfile/bad-base': {
    meaning: 'The image of a FROM is empty after expansion, or not an image reference.',
    remedy: 'Give the ARG it uses a default before the first FROM, or pass it as a build argument.',
  },
  'dockerfile/unknown-target': {
    meaning: 'The target is not a stage of the Dockerfile.',
    remedy: 'Use one of the names that the message lists.',
  },
  'dockerfile/unknown-stage': {
    meaning: 'COPY --from or RUN --mount names a stage that does not exist or comes later.',
    remedy: 'Name an earlier stage, or move that stage up.',
  },
  'dockerfile/stage-cycle': {
    meaning: 'A stage needs itself.',
    remedy: 'Split the stage so that what is copied is made in an earlier one.',
  },
  'dockerfile/bad-ignore-pattern': {
    meaning: 'A line of .dockerignore is not a pattern.',
    remedy: 'Close brackets, complete ranges like [a-z], and write something after "!" and "\\".',
  },
  'dockerfile/no-empty-continuation': {
    meaning: 'There is an empty line inside an instruction that goes on over several lines.',
    remedy: 'Remove the empty line, or make it a comment.',
  },
  'dockerfile/stage-name-casing': {
    meaning: 'A stage name has capital letters; stage names are compared without case.',
    remedy: 'Write it in lower case.',
  },
  'dockerfile/from-as-casing': {
    meaning: 'FROM and AS are written in different case.',
    remedy: 'Write both in capitals or both in small letters.',
  },
  'dockerfile/consistent-instruction-casing': {
    meaning: 'An instruction is written in another case than most of the file.',
    remedy: 'Write all instructions in the same case.',
  },
  'dockerfile/duplicate-stage-name': {
    meaning: 'Two stages have the same name; only the last is found by it.',
    remedy: 'Give each stage its own name.',
  },
  'dockerfile/reserved-stage-name': {
    meaning: 'A stage is named scratch or context, which have a meaning of their own.',
    remedy: 'Choose another name.',
  },
  'dockerfile/json-args-recommended': {
    meaning: 'CMD or ENTRYPOINT runs through a shell, which does not pass signals on to the program.',
    remedy: 'Use the JSON form, or set SHELL explicitly to show that a shell is wanted.',
  },
  'dockerfile/maintainer-deprecated': {
    meaning: 'MAINTAINER is deprecated.',
    remedy: 'Use LABEL org.opencontainers.image.authors="…".',
  },
  'dockerfile/legacy-key-value-format': {
    meaning: 'ENV or LABEL has a space between name and value.',
    remedy: 'Write name=value.',
  },
  'dockerfile/multiple-instructions-disallowed': {
    meaning: 'A stage has this instruction more than once and only the last one counts.',
    remedy: 'Remove the earlier one.',
  },
  'dockerfile/secrets-used-in-arg-or-env': {
    meaning: 'An ARG or ENV is named like a secret; its value stays readable in the image.',
    remedy: 'Use RUN --mount=type=secret instead.',
  },
  'dockerfile/undefined-var': {
    meaning: 'A variable is used that nothing before it in the stage defines.',
    remedy: 'Declare it with ARG or ENV, or correct its name.',
  },
  'dockerfile/undefined-arg-in-from': {
    meaning: 'FROM uses a variable that no ARG before the first FROM declares.',
    remedy: 'Declare it with ARG before the first FROM.',
  },
  'dockerfile/invalid-default-arg-in-from': {
    meaning: 'Without build arguments, FROM has no valid image name.',
    remedy: 'Give the ARG a default value.',
  },
  'dockerfile/redundant-target-platform': {
    meaning: 'FROM --platform=$TARGETPLATFORM is what FROM does anyway.',
    remedy: 'Remove the flag.',
  },
  'dockerfile/from-platform-flag-const-disallowed': {
    meaning: 'FROM --platform has a fixed platform, so the stage is the same for every target platform.',
    remedy: 'Use $BUILDPLATFORM or $TARGETPLATFORM, or name the platform in the name of the stage.',
  },
  'dockerfile/workdir-relative-path': {
    meaning: 'A relative WORKDIR stands before any absolute one, so it depends on the base image.',
    remedy: 'Begin with an absolute WORKDIR.',
  },
  'dockerfile/expose-proto-casing': {
    meaning: 'The protocol of an EXPOSE has capital letters.',
    remedy: 'Write it in lower case.',
  },
  'dockerfile/expose-invalid-format': {
    meaning: 'EXPOSE has an address or a host port, which it cannot set.',
    remedy: 'Write the container port only.',
  },
} as const satisfies CodeTable;

export type DockerfileCode = keyof typeof dockerfileCodes;
