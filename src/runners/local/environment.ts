// What a step finds in its environment.
import type { PlanStage } from '../../plan/operation.ts';

/** Of the caller's environment a step sees these only: the rest may hold secrets. */
const inherited = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'LC_ALL',
  'TZ',
  'TERM',
  'TMPDIR',
  'SHELL',
  'SSH_AUTH_SOCK',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'NODE_EXTRA_CA_CERTS',
  'DOCKER_HOST',
  'DOCKER_CONFIG',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
];

/** `facts`: HARNESS_ and DRONE_ facts of the run. `variables`: of the stage and the step, revealed; they win. */
export const environmentOf = (
  stage: PlanStage,
  workspace: string,
  facts: Readonly<Record<string, string>>,
  variables: Readonly<Record<string, string>>,
): Record<string, string> => ({
  ...Object.fromEntries(
    inherited.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  ),
  CI: 'true',
  ...facts,
  HARNESS_WORKSPACE: workspace,
  DRONE_WORKSPACE: workspace,
  HARNESS_STAGE_ID: stage.id,
  ...variables,
});
