import type { Report } from '../diagnostics/diagnostic.ts';
import type { SourceText } from '../diagnostics/source.ts';
import type { YamlNode } from '../yaml/node.ts';
import type { Pipeline } from './model.ts';

export interface PipelineFile {
  readonly pipelines: readonly Pipeline[];
  /** Documents that are no pipelines, whole, for who reads them. */
  readonly others: readonly OtherDocument[];
}

export interface OtherDocument {
  readonly kind: 'connector' | 'secret' | 'template' | 'inputSet' | 'trigger';
  /** What stands under the root key. */
  readonly node: YamlNode;
}

/** Reads every document of a file. All faults are reported; what could be read is given even when some were errors. */
export const readPipelines = (_source: SourceText, _report: Report): PipelineFile => ({ pipelines: [], others: [] });
