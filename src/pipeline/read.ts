import type { Report } from '../diagnostics/diagnostic.ts';
import type { SourceText } from '../diagnostics/source.ts';
import { entryOf, type YamlEntry, type YamlNode } from '../yaml/node.ts';
import { childPath, readYaml, type ChildPath } from '../yaml/read.ts';
import { readingOf, report as say, under, type Reading } from '../yaml/reading.ts';
import { excerpt } from '../yaml/shape.ts';
import { reportForeignExpressions } from './foreign-expression.ts';
import { pipelineFromFragment } from './fragment.ts';
import type { Pipeline } from './model.ts';
import { readPipeline } from './read-pipeline.ts';

export interface PipelineFile {
  readonly pipelines: readonly Pipeline[];
  /** Documents that are no pipelines, whole, for who reads them. */
  readonly others: readonly OtherDocument[];
}

interface OtherDocument {
  readonly kind: OtherKind;
  /** What stands under the root key. */
  readonly node: YamlNode;
}

type OtherKind = 'connector' | 'secret' | 'template' | 'inputSet' | 'trigger';

const otherKinds: readonly OtherKind[] = ['connector', 'secret', 'template', 'inputSet', 'trigger'];

/** Reads every document of a file. All faults are reported; what could be read is given even when some were errors. */
export const readPipelines = (source: SourceText, report: Report): PipelineFile => {
  const limited = limit(source, report);
  const file = readDocuments(source, limited.report);
  limited.end();
  return file;
};

/** So many of each severity help nobody more than the first of them. */
const mostOfASeverity = 500;

const limit = (source: SourceText, report: Report): { readonly report: Report; readonly end: () => void } => {
  const counts = { error: 0, warning: 0, note: 0 };
  return {
    report: (diagnostic) => {
      counts[diagnostic.severity] += 1;
      if (counts[diagnostic.severity] <= mostOfASeverity) report(diagnostic);
    },
    end: () => {
      for (const severity of ['error', 'warning', 'note'] as const) {
        const more = counts[severity] - mostOfASeverity;
        if (more <= 0) continue;
        report({
          code: 'pipeline/more-faults',
          severity,
          message: `${source.name} has ${more} more ${severity}s`,
          hint: 'Correct those shown and check again.',
        });
      }
    },
  };
};

const readDocuments = (source: SourceText, report: Report): PipelineFile => {
  let isReadable = true;
  const pipelines: Pipeline[] = [];
  const others: OtherDocument[] = [];
  const documents = readYaml(
    source,
    (d) => {
      isReadable &&= d.severity !== 'error';
      report(d);
    },
    { childPath: shortPath },
  );
  for (const document of documents) {
    const { root } = document;
    if (root === undefined) continue;
    const reading = readingOf(document, source, report);
    const found = othersOf(root);
    others.push(...found);
    const pipeline = readRoot(root, found.length > 0, source.name, reading);
    if (pipeline !== undefined) pipelines.push(pipeline);
  }
  if (isReadable && documents.every((d) => d.root === undefined)) {
    report({
      code: 'pipeline/empty-file',
      severity: 'error',
      message: `${source.name} holds no pipeline: it is empty`,
      at: { source, start: 0, end: 0 },
      hint: 'Run `slipway init` to make a pipeline.',
    });
  }
  return { pipelines, others };
};

const othersOf = (root: YamlNode): readonly OtherDocument[] =>
  otherKinds.flatMap((kind) => {
    const node = entryOf(root, kind)?.value;
    return node === undefined ? [] : [{ kind, node }];
  });

const readRoot = (root: YamlNode, hasOthers: boolean, file: string, reading: Reading): Pipeline | undefined => {
  const whole = entryOf(root, 'pipeline');
  if (whole === undefined && hasOthers) return undefined;
  if (isV1(root)) {
    reportV1(root, reading);
    return undefined;
  }
  if (whole !== undefined) {
    reportBeside(root, whole, reading);
    reportForeignExpressions(whole.value, reading);
    return readPipeline(whole.value, file, under(reading, whole.key));
  }
  const body = pipelineFromFragment(root, file, reading);
  if (body !== undefined) {
    reportForeignExpressions(root, reading);
    return readPipeline(body, file, reading);
  }
  say(
    reading,
    'error',
    { at: { ...root.at, end: firstWordEnd(root) }, path: '' },
    {
      code: 'pipeline/not-a-pipeline',
      message: 'this document is neither a pipeline nor a part of one',
      hint: 'A pipeline starts with `pipeline:`; stages, stage, steps or a list of them are read too.',
    },
  );
  return undefined;
};

const firstWordEnd = (root: YamlNode): number =>
  root.kind === 'map' ? (root.entries[0]?.key.end ?? root.at.start) : Math.min(root.at.end, root.at.start + 1);

const reportBeside = (root: YamlNode, whole: YamlEntry, reading: Reading): void => {
  for (const other of root.kind === 'map' ? root.entries : []) {
    if (other === whole || other.name === 'version' || otherKinds.some((kind) => kind === other.name)) continue;
    const isMeantInside = ['stages', 'stage', 'properties', 'variables', 'identifier', 'name', 'steps'].includes(
      other.name,
    );
    say(
      reading,
      isMeantInside ? 'error' : 'warning',
      { at: other.key, path: other.value.path },
      {
        code: 'pipeline/beside-pipeline',
        message: `\`${excerpt(other.name)}\` stands beside \`pipeline\`, not in it`,
        hint: 'Indent it, so that it belongs to the pipeline, or remove it.',
      },
    );
  }
};

/** The newer format of Harness: `version: 1` at the root, and stages that are not wrapped in `stage:`. */
const isV1 = (root: YamlNode): boolean => {
  const version = entryOf(root, 'version')?.value;
  if (version?.kind !== 'scalar' || !/^v?1(?:\.0)?$/.test(version.text)) return false;
  const pipeline = entryOf(root, 'pipeline')?.value;
  const stages = pipeline === undefined ? undefined : entryOf(pipeline, 'stages')?.value;
  return stages?.kind !== 'list' || !stages.items.some(isV0Stage);
};

const isV0Stage = (item: YamlNode): boolean =>
  entryOf(item, 'stage') !== undefined || entryOf(item, 'parallel')?.value.kind === 'list';

const reportV1 = (root: YamlNode, reading: Reading): void => {
  const version = entryOf(root, 'version');
  say(
    reading,
    'error',
    { at: version?.key ?? root.at, path: 'version' },
    {
      code: 'pipeline/v1',
      message: 'this pipeline is in the newer v1 format of Harness, which is not read yet',
      hint: 'Use the v0 YAML of the pipeline.',
    },
  );
};

/** As a person would say it: `stages[0].steps[2].spec.repo`, without the words that only frame. */
const shortPath: ChildPath = (parent, child) => {
  if (parent === '' && child === 'pipeline') return '';
  if (parent.endsWith(']') && (child === 'stage' || child === 'step' || child === 'stepGroup')) return parent;
  if (parent.endsWith('.spec.execution') && (child === 'steps' || typeof child === 'number')) {
    const stage = parent.slice(0, -'.spec.execution'.length);
    return child === 'steps' ? `${stage}.steps` : childPath(`${stage}.steps`, child);
  }
  return childPath(parent, child);
};
