// What BuildKit's own parser said about the same Dockerfiles (test/oracles/dockerfile), and what we say.
import { describe, expect, it } from 'vitest';
import { differences, fixture } from '../../test/oracles/dockerfile/fixture.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { SourceText } from '../diagnostics/source.ts';
import type { Add, Copy, Dockerfile, Instruction, Run, RunCommand, Word } from './instructions.ts';
import { readMount } from './mount.ts';
import { parseDockerfile } from './parse.ts';

const read = (text: string): { readonly dockerfile: Dockerfile | undefined; readonly diagnostics: Diagnostic[] } => {
  const diagnostics: Diagnostic[] = [];
  const dockerfile = parseDockerfile(new SourceText('Dockerfile', text), (d) => diagnostics.push(d));
  return { dockerfile, diagnostics };
};

describe('parser and instructions', () => {
  const texts = (words: readonly Word[]) => words.map((w) => w.text);

  const transfer = (i: Copy | Add) => ({
    chown: i.chown?.text ?? '',
    chmod: i.chmod?.text ?? '',
    link: i.link,
    exclude: texts(i.exclude),
    paths: {
      sources: texts(i.sources),
      files: i.files.map(({ name, content, expand }) => ({ name, content, expand })),
      destination: i.destination.text,
    },
  });

  const mount = (flag: Run['mounts'][number]) => {
    const m: any = readMount(
      flag,
      (v) => v,
      () => {},
    );
    if (m === undefined) return undefined;
    const field = (name: string) => flag.fields.findLast((f) => f.key === name)?.value;
    return {
      type: m.type,
      from: m.from ?? '',
      source: m.source ?? (m.type === 'secret' ? (field('src') ?? field('source') ?? '') : ''),
      target: m.type === 'secret' ? (field('target') ?? '') : (m.target ?? ''),
      readOnly: m.readOnly ?? true,
      size: m.sizeBytes ?? 0,
      id: field('id') ?? '',
      sharing: m.sharing === 'shared' && field('sharing') === undefined ? '' : (m.sharing ?? ''),
      required: m.required ?? false,
      env: m.env ?? null,
      mode: m.mode ?? null,
      uid: m.uid ?? null,
      gid: m.gid ?? null,
    };
  };

  const fields = (i: Instruction): object => {
    switch (i.kind) {
      case 'arg':
        return { definitions: i.definitions.map((d) => [d.name, d.value?.text ?? null]) };
      case 'env':
      case 'label':
        return { pairs: i.pairs.map((p) => [p.name.text, p.value.text]), legacy: i.legacy };
      case 'copy':
        return { ...transfer(i), from: i.from?.text ?? '', parents: i.parents };
      case 'add':
        return {
          ...transfer(i),
          checksum: i.checksum?.text ?? '',
          keepGitDir: i.keepGitDir ?? null,
          unpack: i.unpack ?? null,
        };
      case 'run':
        return {
          command: i.command satisfies RunCommand,
          network: i.network,
          security: i.security,
          mounts: i.mounts.map((m) => mount(m)),
        };
      case 'cmd':
      case 'entrypoint':
        return { command: i.command };
      case 'shell':
        return { arguments: i.arguments };
      case 'healthcheck':
        return {
          test: i.test,
          interval: i.interval ?? 0,
          timeout: i.timeout ?? 0,
          startPeriod: i.startPeriod ?? 0,
          startInterval: i.startInterval ?? 0,
          retries: i.retries ?? 0,
        };
      case 'expose':
        return { ports: texts(i.ports) };
      case 'volume':
        return { volumes: texts(i.paths) };
      case 'user':
        return { text: i.user.text };
      case 'workdir':
        return { text: i.path.text };
      case 'stopsignal':
        return { text: i.signal.text };
      case 'maintainer':
        return { text: i.text };
      case 'onbuild':
        return { trigger: i.trigger };
      default:
        return i satisfies never;
    }
  };

  const command = (i: Instruction) => ({
    ...fields(i),
    kind: i.kind,
    code: i.code,
    line: i.at.source.position(i.at.start).line,
  });

  const { tool, cases } = fixture<any, any>('parse');
  it(`reads ${cases.length} Dockerfiles as ${tool} does`, () => {
    expect(cases.length).toBeGreaterThan(500);
    const answered = differences(cases, (text: string, expected) => {
      const { dockerfile, diagnostics } = read(text);
      // BuildKit finds these out only when it builds.
      const late = (d: Diagnostic) =>
        d.code === 'dockerfile/bad-signal' || d.message.startsWith('RUN [] has no program');
      if (diagnostics.some((d) => late(d))) return expected;
      if (expected.error !== undefined) return dockerfile === undefined ? expected : { accepted: true };
      const mountErrors = JSON.stringify(expected).includes('"mountError"');
      if (dockerfile === undefined) return mountErrors ? expected : { refused: diagnostics.map((d) => d.message) };
      if (mountErrors) return { mountAccepted: true };
      return {
        escape: dockerfile.directives.escape,
        warnings: diagnostics.filter((d) => d.code === 'dockerfile/no-empty-continuation').length,
        globals: dockerfile.globalArgs.map((a) => command(a)),
        stages: dockerfile.stages.map((s) => ({
          base: s.from.base.text,
          name: s.name ?? '',
          platform: s.from.platform?.text ?? '',
          line: s.from.at.source.position(s.from.at.start).line,
          commands: s.instructions.map((i) => command(i)),
        })),
      };
    });
    expect(answered).toEqual([]);
  });
});
