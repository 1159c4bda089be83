// Cases T01–T65 of the plugins of upstream, in order. Some have several rows.
import type { UpstreamCase } from './upstream-case.ts';
import { detailCases } from './upstream-detail-cases.ts';
import { modeCases } from './upstream-mode-cases.ts';

export const upstreamCases: readonly UpstreamCase[] = [...modeCases, ...detailCases];
