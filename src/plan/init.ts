// `slipway init`: Dockerfiles found to a pipeline that works.

export interface InitFacts {
  /** Paths relative to the folder, `/` between parts. */
  readonly dockerfiles: readonly string[];
  /** Name of the folder. */
  readonly folder: string;
  readonly registry: string;
}

export interface InitFiles {
  readonly pipeline: string;
  readonly config: string;
}

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '') || 'app';
const identifier = (text: string): string => text.replaceAll(/[^A-Za-z0-9_]/g, '_').replace(/^(?=\d)/, '_');
const quoted = (text: string): string => (/^[\w./-]+$/.test(text) ? text : JSON.stringify(text));

interface Target {
  readonly name: string;
  readonly dockerfile: string;
  readonly context: string;
}

/** `api/Dockerfile` is the image `<folder>-api` of the folder api; `Dockerfile.web` the image `<folder>-web`. */
const targetsOf = ({ dockerfiles, folder }: InitFacts): readonly Target[] =>
  dockerfiles.map((path) => {
    const slash = path.lastIndexOf('/');
    const context = slash < 0 ? '.' : path.slice(0, slash);
    const file = path.slice(slash + 1);
    const suffix = /^Dockerfile\.(.+)$/i.exec(file)?.[1] ?? /^(.+)\.Dockerfile$/i.exec(file)?.[1];
    const parts = [folder, ...(context === '.' ? [] : [context]), ...(suffix === undefined ? [] : [suffix])];
    return { name: slug(parts.join('-')), dockerfile: path, context };
  });

const buildStep = ({ name, dockerfile, context }: Target, registry: string): string[] => [
  '- step:',
  '    type: BuildAndPushDockerRegistry',
  `    name: Build and push ${name}`,
  `    identifier: ${identifier(`build_${name}`)}`,
  '    spec:',
  '      connectorRef: registry',
  `      repo: ${registry}/${name}`,
  '      tags:',
  '        - <+pipeline.sequenceId>',
  '        - latest',
  `      dockerfile: ${quoted(dockerfile)}`,
  `      context: ${quoted(context)}`,
  '      caching: true',
];

export const initFiles = (facts: InitFacts): InitFiles => {
  const targets = targetsOf(facts);
  const steps = targets.map((t) => buildStep(t, facts.registry));
  const [only] = steps;
  const body =
    steps.length === 1 && only !== undefined ? only : ['- parallel:', ...steps.flat().map((line) => `    ${line}`)];
  const local = /^(?:localhost|127\.|\[::1\])/.test(facts.registry);
  return {
    pipeline: `# Written by slipway init. Try: slipway plan pipeline.yaml, then slipway run pipeline.yaml
pipeline:
  name: ${slug(facts.folder)}
  identifier: ${identifier(slug(facts.folder))}
  stages:
    - stage:
        name: images
        identifier: images
        type: CI
        spec:
          cloneCodebase: true
          runtime:
            type: Cloud
            spec: {}
          platform:
            os: Linux
            arch: Amd64
          execution:
            steps:
${body.map((line) => `              ${line}`).join('\n')}
`,
    config: `# How to sign in. Keep passwords as secrets: SLIPWAY_SECRET_REGISTRY_PASSWORD in the environment, or --secret-file.
connectors:
  registry:
    type: docker
    url: ${local ? 'http' : 'https'}://${facts.registry}
${local ? '' : '    # username: me\n    # password: <+secrets.getValue("registry_password")>\n'}`,
  };
};
