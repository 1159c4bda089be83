// What the surroundings of a run know, as data. Everything may be unknown.

export interface CodebaseFacts {
  readonly branch?: string;
  readonly tag?: string;
  readonly commitSha?: string;
  readonly commitMessage?: string;
  readonly commitRef?: string;
  readonly repoUrl?: string;
  readonly gitUser?: string;
  readonly gitUserEmail?: string;
}

export interface RunFacts {
  readonly sequenceId: number;
  readonly executionId: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly user?: string;
  readonly codebase: CodebaseFacts;
  /** For `<+env.NAME>`, which is no CI prefix but written by people. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}
