import type { CodeTable } from '../base/codes.ts';

export const planCodes = {
  'plan/bad-strategy': {
    meaning: 'A matrix or loop gives no instance, or too many.',
    remedy: 'Check its axes, items and exclude.',
  },
  'plan/no-builder': {
    meaning: 'The builder that was asked for cannot work here.',
    remedy: 'Choose another, or leave the choice to Slipway.',
  },
  'plan/no-connector': {
    meaning: 'A step uses a connector that is not defined.',
    remedy: 'Define it in slipway.yaml or give its exported YAML with --connectors.',
  },
  'plan/no-such-stage': {
    meaning: 'useFromStage names a stage that cannot lend its infrastructure.',
    remedy: 'Name an earlier stage that has an infrastructure of its own.',
  },
  'plan/source-not-built': {
    meaning: 'A push-only step pushes a name that no earlier step builds.',
    remedy: 'Set PLUGIN_SOURCE_IMAGE to the image that was built.',
  },
  'plan/unsupported': {
    meaning: 'A stage or step is read but not run by Slipway.',
    remedy: 'Leave such parts out with --skip-unsupported.',
  },
} as const satisfies CodeTable;
