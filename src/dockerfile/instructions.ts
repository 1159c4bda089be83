// The typed instructions of a Dockerfile. Words are as written, unexpanded; see expand.ts for what a builder does with them.
import type { SourceText, Span } from '../diagnostics/source.ts';

/** Text of the Dockerfile (or a member of a JSON array), continuation lines joined, quotes, escapes and variables still in it. */
export interface Word {
  readonly text: string;
  readonly at: Span;
}

/** What `# escape=` may choose: the character that escapes and that joins lines. */
export type EscapeCharacter = '\\' | '`';

export interface InstructionBase {
  /** The whole instruction, heredoc bodies included. */
  readonly at: Span;
  /** The keyword as written. */
  readonly keyword: Word;
  /** The instruction's line, continuation lines joined, without heredoc bodies: what Docker shows and keeps in history. */
  readonly code: string;
  /** Comment lines directly before it, without `#`. */
  readonly comments: readonly string[];
}

/** One here-document that an instruction opened. */
export interface Heredoc {
  readonly name: string;
  /** `<<-`: leading tabs of each line are to be removed. `content` still has them. */
  readonly chomp: boolean;
  /** False when a part of the word was quoted: variables in the content are literal. */
  readonly expand: boolean;
  /** The digits before `<<`; 0 when there are none. */
  readonly fileDescriptor: number;
  /** The lines between, line ends included, as written. */
  readonly content: string;
  readonly contentAt: Span;
}

export interface From extends InstructionBase {
  readonly kind: 'from';
  /** An image, an earlier stage or `scratch`; expanded with the global ARGs. */
  readonly base: Word;
  readonly platform?: Word;
  /** The keyword AS as written. */
  readonly as?: Word;
  /** In lower case. */
  readonly name?: string;
  readonly nameAs?: Word;
}

export interface ArgDefinition {
  readonly name: string;
  readonly value?: Word;
  readonly at: Span;
}

export interface Arg extends InstructionBase {
  readonly kind: 'arg';
  readonly definitions: readonly ArgDefinition[];
}

export interface Pair {
  readonly name: Word;
  readonly value: Word;
}

interface Pairs extends InstructionBase {
  readonly pairs: readonly Pair[];
  /** `ENV name value`, one pair without `=`. */
  readonly legacy: boolean;
}

export interface Env extends Pairs {
  readonly kind: 'env';
}

export interface Label extends Pairs {
  readonly kind: 'label';
}

/** A file given in the Dockerfile itself by a heredoc. Leading tabs are already removed for `<<-`. */
export interface InlineFile {
  /** Name of the heredoc; the file's name when the destination is a folder. */
  readonly name: string;
  readonly content: string;
  /** Expand `content` with `heredocExpansion`. */
  readonly expand: boolean;
  readonly at: Span;
}

export interface Transfer extends InstructionBase {
  /** Paths or globs; for ADD also URLs and git references. May be empty when there are inline files. */
  readonly sources: readonly Word[];
  readonly files: readonly InlineFile[];
  readonly destination: Word;
  readonly chown?: Word;
  readonly chmod?: Word;
  readonly link: boolean;
  /** Patterns as in .dockerignore, never expanded. */
  readonly exclude: readonly Word[];
}

export interface Copy extends Transfer {
  readonly kind: 'copy';
  /** A stage's name or index, or an image; never expanded. */
  readonly from?: Word;
  readonly parents: boolean;
}

export interface Add extends Transfer {
  readonly kind: 'add';
  readonly checksum?: Word;
  /** Absent: not said, so the default of the source's kind holds. */
  readonly keepGitDir?: boolean;
  /** Absent: local archives are unpacked, downloads are not. */
  readonly unpack?: boolean;
}

export type CommandLine =
  | { readonly form: 'exec'; readonly arguments: readonly string[] }
  /** One text for the shell of the stage (`SHELL`, default `/bin/sh -c`). */
  | { readonly form: 'shell'; readonly text: string };

export type RunCommand =
  | CommandLine
  /** A single heredoc that begins with `#!`: made a file (mode 0755) in a read-only folder `/dev/pipes` and run by itself. */
  | { readonly form: 'script'; readonly name: string; readonly content: string };

/** One `--mount`, its fields split but not expanded: `readMount` in mount.ts makes a Mount of it. */
export interface MountFlag {
  readonly at: Span;
  readonly fields: readonly MountField[];
  /** A stage or an image; variables are not allowed in it. */
  readonly from?: string;
}

export interface MountField {
  /** In lower case. */
  readonly key: string;
  /** Absent: written without `=`. */
  readonly value?: string;
}

export interface DeviceFlag {
  readonly name: string;
  readonly required: boolean;
  readonly at: Span;
}

export interface Run extends InstructionBase {
  readonly kind: 'run';
  readonly command: RunCommand;
  readonly heredocs: readonly Heredoc[];
  readonly mounts: readonly MountFlag[];
  readonly network: 'default' | 'none' | 'host';
  readonly security: 'sandbox' | 'insecure';
  readonly devices: readonly DeviceFlag[];
}

export interface Cmd extends InstructionBase {
  readonly kind: 'cmd';
  readonly command: CommandLine;
}

export interface Entrypoint extends InstructionBase {
  readonly kind: 'entrypoint';
  readonly command: CommandLine;
}

export interface Shell extends InstructionBase {
  readonly kind: 'shell';
  /** At least one. */
  readonly arguments: readonly string[];
}

export interface Healthcheck extends InstructionBase {
  readonly kind: 'healthcheck';
  /** As the image config has it: `["NONE"]`, `["CMD", …]` or `["CMD-SHELL", text]`. */
  readonly test: readonly string[];
  /** Nanoseconds, as in the image config; absent when not given or 0. */
  readonly interval?: number;
  readonly timeout?: number;
  readonly startPeriod?: number;
  readonly startInterval?: number;
  readonly retries?: number;
}

export interface Expose extends InstructionBase {
  readonly kind: 'expose';
  /** Each may expand to several words, each read by `readPort` in ports.ts. Sorted by text, as BuildKit does. */
  readonly ports: readonly Word[];
}

export interface Volume extends InstructionBase {
  readonly kind: 'volume';
  readonly paths: readonly Word[];
}

export interface User extends InstructionBase {
  readonly kind: 'user';
  readonly user: Word;
}

export interface Workdir extends InstructionBase {
  readonly kind: 'workdir';
  readonly path: Word;
}

export interface StopSignal extends InstructionBase {
  readonly kind: 'stopsignal';
  readonly signal: Word;
}

export interface Maintainer extends InstructionBase {
  readonly kind: 'maintainer';
  readonly text: string;
}

export interface Onbuild extends InstructionBase {
  readonly kind: 'onbuild';
  /** What the image config keeps; `parseTrigger` reads it again in the build that uses the image. */
  readonly trigger: string;
  /** The trigger, typed. Absent when it has a fault (which is a warning here: it fails only where it is used). */
  readonly instruction?: Instruction;
}

/** What a stage is made of after its FROM. */
export type Instruction =
  | Add
  | Arg
  | Cmd
  | Copy
  | Entrypoint
  | Env
  | Expose
  | Healthcheck
  | Label
  | Maintainer
  | Onbuild
  | Run
  | Shell
  | StopSignal
  | User
  | Volume
  | Workdir;

export interface Stage {
  /** From 0, as `COPY --from=0` counts. */
  readonly index: number;
  /** In lower case. */
  readonly name?: string;
  readonly from: From;
  readonly instructions: readonly Instruction[];
}

export interface Directives {
  readonly syntax?: string;
  readonly check?: string;
  readonly escape: EscapeCharacter;
}

export interface Dockerfile {
  readonly source: SourceText;
  readonly directives: Directives;
  /** ARGs before the first FROM. */
  readonly globalArgs: readonly Arg[];
  /** At least one. */
  readonly stages: readonly Stage[];
}
