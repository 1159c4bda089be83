// What the Git checkout says, for `<+codebase.*>`. Everything may be unknown.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { CodebaseFacts } from '../pipeline/facts.ts';

export interface GitFacts {
  /** Absolute; the folder given when there is no checkout. */
  readonly root: string;
  readonly facts: CodebaseFacts;
  readonly defaultBranch: string | undefined;
}

const withoutLogin = (url: string): string => url.replace(/^([a-z+]+:\/\/)[^/@]*@/i, '$1');

export const gitFacts = async (folder: string): Promise<GitFacts> => {
  const git = async (...args: readonly string[]): Promise<string | undefined> => {
    try {
      const { stdout } = await promisify(execFile)('git', ['-C', folder, ...args], { timeout: 10_000 });
      return stdout.trim() || undefined;
    } catch {
      return undefined; // no git, no checkout, or no such thing in it
    }
  };
  const root = await git('rev-parse', '--show-toplevel');
  if (root === undefined) return { root: folder, facts: {}, defaultBranch: undefined };
  const [branch, commit, tag, url, remoteHead] = await Promise.all([
    git('symbolic-ref', '--quiet', '--short', 'HEAD'),
    git('log', '-1', '--format=%H%n%an%n%ae%n%s'),
    git('describe', '--exact-match', '--tags', 'HEAD'),
    git('remote', 'get-url', 'origin'),
    git('symbolic-ref', '--quiet', '--short', 'refs/remotes/origin/HEAD'),
  ]);
  const [commitSha, gitUser, gitUserEmail, ...message] = (commit ?? '').split('\n');
  const known = Object.entries({
    branch,
    commitSha,
    tag,
    gitUser,
    gitUserEmail,
    commitMessage: message.join('\n'),
    repoUrl: url === undefined ? undefined : withoutLogin(url),
    commitRef:
      tag !== undefined && branch === undefined
        ? `refs/tags/${tag}`
        : branch === undefined
          ? undefined
          : `refs/heads/${branch}`,
  });
  return {
    root,
    facts: Object.fromEntries(known.filter(([, value]) => value !== undefined && value !== '')),
    defaultBranch: remoteHead?.replace(/^origin\//, '') ?? branch,
  };
};
