import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { built, readStep, type WrittenStep } from '../../test/contract-step.ts';
import { fuzzRuns } from '../../test/fuzz-runs.ts';
import type { Text } from '../refs/text.ts';

describe('a fault before any work', () => {
  it.each<WrittenStep & { readonly name: string; readonly code: string; readonly says: RegExp }>([
    {
      name: 'a setting that no plugin has names the nearest one',
      settings: { repo: 'o/r', taggs: '1' },
      code: 'contract/unknown-setting',
      says: /no setting "taggs".*did you mean "tags"/s,
    },
    {
      name: 'and the variable when it was written as one',
      settings: { repo: 'o/r', PLUGIN_NO_PUSHH: 'true' },
      code: 'contract/unknown-setting',
      says: /did you mean "PLUGIN_NO_PUSH"/,
    },
    {
      name: 'a switch that waits for a step',
      settings: { repo: 'o/r', dry_run: [{ expression: 'steps.a.output.outputVariables.x' }] },
      code: 'contract/late-boolean',
      says: /"dry_run" must be known before the run/,
    },
    {
      name: 'a switch without effect is read all the same',
      settings: { repo: 'o/r', daemon_off: 'yes' },
      code: 'contract/bad-boolean',
      says: /"daemon_off" is "yes"/,
    },
    {
      name: 'a number that is none',
      settings: { repo: 'o/r', daemon_retry_count: '2d' },
      code: 'contract/bad-integer',
      says: /"2d"/,
    },
    {
      name: 'two names of one switch that differ',
      settings: { repo: 'o/r', dry_run: 'false', no_push: 'true' },
      code: 'contract/given-twice',
      says: /"dry_run" and "no_push" are two names/,
    },
    {
      name: 'a setting that nobody honours here',
      settings: { repo: 'o/r', squash: 'true' },
      code: 'contract/refused-setting',
      says: /"squash" cannot be honoured/,
    },
    {
      name: 'a source in a step that builds',
      settings: { repo: 'o/r', source_image: 'a:1' },
      code: 'contract/source-without-push-only',
      says: /source_image has a meaning only with push_only/,
    },
    {
      name: 'a tar to write in a step that builds nothing',
      settings: { repo: 'o/r', push_only: 'true', tar_path: 'a.tar' },
      code: 'contract/tar-with-push-only',
      says: /tar_path asks for a build/,
    },
    {
      name: 'two sources',
      settings: { repo: 'o/r', push_only: 'true', source_tar_path: 'a.tar', source_image: 'a:1' },
      code: 'contract/two-sources',
      says: /both set/,
    },
    {
      name: 'a source that is no reference',
      settings: { repo: 'o/r', push_only: 'true', source_image: 'A/b:1' },
      code: 'contract/bad-reference',
      says: /capital letters/,
    },
    {
      name: 'a tar where no other step sees it',
      settings: { repo: 'o/r', no_push: 'true', tar_path: '/tmp/image.tar' },
      code: 'contract/path-outside',
      says: /other steps cannot see.*like image\.tar, or add its folder to sharedPaths/s,
    },
    {
      name: 'a tar outside the workspace',
      settings: { repo: 'o/r', no_push: 'true', tar_path: 'a/../../image.tar' },
      code: 'contract/path-outside',
      says: /leaves the workspace/,
    },
    {
      name: 'a shared path left by dots',
      settings: { repo: 'o/r', no_push: 'true', tar_path: '/shared/../etc/image.tar' },
      around: { sharedPaths: ['/shared'] },
      code: 'contract/path-outside',
      says: /cannot see/,
    },
    {
      name: 'a context that is an address',
      settings: { repo: 'o/r', context: 'https://github.com/a/b.git' },
      code: 'contract/remote-context',
      says: /no folder/,
    },
    {
      name: 'an archive format that does not exist',
      settings: { repo: 'o/r', no_push: 'true', tar_path: 'a.tar', buildx_output_format: 'zip' },
      code: 'contract/bad-format',
      says: /"zip"/,
    },
    {
      name: 'a platform without architecture',
      settings: { repo: 'o/r', platform: 'arm64' },
      code: 'contract/bad-platform',
      says: /like linux\/arm64/,
    },
    {
      name: 'several platforms on the builder that builds one',
      settings: { repo: 'o/r', platform: 'linux/amd64,linux/arm64' },
      code: 'contract/several-platforms',
      says: /one platform at a time/,
    },
    {
      name: 'a repository with capitals',
      settings: { repo: 'ghcr.io/Me/App' },
      code: 'contract/bad-reference',
      says: /write "me\/app"/,
    },
    {
      name: 'a repository that has a tag already',
      settings: { repo: 'o/r:1' },
      code: 'contract/bad-reference',
      says: /"o\/r:1" has a tag.*under tags/s,
    },
    { name: 'no repository', settings: {}, code: 'contract/no-repository', says: /missing/ },
    { name: 'no tag in the list', settings: { repo: 'o/r', tags: ' , ' }, code: 'contract/no-tags', says: /empty/ },
    {
      name: 'an empty .tags file',
      settings: { repo: 'o/r' },
      around: { tagsFile: '\n' },
      code: 'contract/no-tags',
      says: /file \.tags is empty/,
    },
    {
      name: 'a tag that no registry takes',
      settings: { repo: 'o/r', tags: 'ok,feature/x' },
      code: 'contract/bad-tag',
      says: /"feature\/x"/,
    },
    {
      name: 'a user without password',
      settings: { repo: 'o/r', username: 'me' },
      code: 'contract/half-login',
      says: /set "password" too/,
    },
    {
      name: 'a password without user for base images',
      settings: { repo: 'o/r', base_image_password: [{ secret: 'p' }] },
      code: 'contract/half-login',
      says: /"base_image_password" is set/,
    },
    {
      name: 'a login for another registry than the one pushed to',
      settings: { repo: 'team/app', registry: 'https://reg.example.com', username: 'me', password: [{ secret: 'p' }] },
      code: 'contract/other-registry',
      says: /for reg\.example\.com, and team\/app:latest goes to docker\.io.*reg\.example\.com\/team\/app/s,
    },
    {
      name: 'a build secret that names nothing',
      settings: { repo: 'o/r', secret: 'npm' },
      code: 'contract/bad-pair',
      says: /id=NAME/,
    },
    {
      name: 'a placeholder, when the step is to run',
      settings: { repo: 'YOUR_DOCKER_REPO' },
      code: 'contract/bad-reference',
      says: /YOUR_DOCKER_REPO/,
    },
  ])('$name', ({ code, says, ...input }) => {
    const { step, faults } = readStep(input);
    expect(step).toBeUndefined();
    const errors = faults.filter((f) => f.severity === 'error');
    expect(errors.map((f) => f.code)).toEqual([code]);
    expect(`${errors[0]?.message ?? ''}\n${errors[0]?.hint ?? ''}`).toMatch(says);
  });

  it('comes with all others at once, each at its setting', () => {
    const { faults } = readStep({
      settings: { repo: 'O/r', tags: 'a b', dry_run: 'yes', squash: 'true', nonsense: '1' },
    });
    expect(faults.map((f) => `${f.path ?? ''} ${f.code}`).sort()).toEqual([
      'settings.dry_run contract/bad-boolean',
      'settings.nonsense contract/unknown-setting',
      'settings.repo contract/bad-reference',
      'settings.squash contract/refused-setting',
      'settings.tags contract/bad-tag',
    ]);
  });

  it('is a warning for unknown settings when that is asked for', () => {
    const { step, faults } = readStep({ settings: { repo: 'o/r', nonsense: '1' }, unknownSettings: 'warning' });
    expect(step?.kind).toBe('build-image');
    expect(faults).toMatchObject([{ severity: 'warning', code: 'contract/unknown-setting' }]);
  });

  it('is a warning for placeholders while only looking', () => {
    const { step, faults } = readStep({
      settings: { repo: 'YOUR_DOCKER_REPO', no_push: 'true', tar_path: '/PATH/TO/TAR' },
      around: { placeholders: 'warning' },
    });
    expect(step?.kind).toBe('build-image');
    expect(faults.map((f) => `${f.severity} ${f.code}`)).toEqual([
      'warning contract/placeholder',
      'warning contract/placeholder',
    ]);
  });
});

describe('what is let pass', () => {
  it.each<WrittenStep & { readonly name: string }>([
    { name: 'a refused switch that is off', settings: { repo: 'o/r', squash: 'false', bake_file: '' } },
    { name: 'variables of other tools', settings: { repo: 'o/r', AWS_ACCESS_KEY_ID: 'k', SOMETHING: 'x' } },
    { name: 'the same value under two names', settings: { repo: 'o/r', dry_run: '1', no_push: 'true' } },
    { name: 'empty text for a switch', settings: { repo: 'o/r', push_only: '' } },
  ])('$name', (input) => {
    expect(built(input).tags).toEqual(['o/r:latest']);
  });

  it('a setting without effect, with a note that says why', () => {
    const { step } = readStep({ settings: { repo: 'o/r', purge: 'true', snapshot_mode: 'redo' } });
    expect(step?.notes).toEqual([
      '"purge" has no effect: a build leaves nothing to clean up',
      '"snapshot_mode" has no effect: it tunes the Kaniko executor and does not change the image',
    ]);
  });
});

describe('secrets', () => {
  it('are in no message', () => {
    const secret = [{ secret: 'id' }] as const;
    const { faults } = readStep({ settings: { repo: 'o/r', secret: 'hunter2', password: secret, tags: 'a b' } });
    expect(JSON.stringify(faults)).not.toContain('hunter2');
  });
});

it('whatever the settings are, the answer is a step or faults, and never both', () => {
  const keys = ['tags', 'repo', 'tar_path', 'source_image', 'push_only', 'no_push', 'build_args', 'secret', 'platform'];
  const value = fc.oneof(fc.string(), fc.constantFrom('true', 'a,b', 'x=1', '../..', 'linux/arm64', 'o/r:1', ' '));
  const late = value.map((text): Text => [text, { expression: 'steps.a.output.outputVariables.x' }]);
  fc.assert(
    fc.property(
      fc.constantFrom('plugins/buildx', 'plugins/kaniko-ecr', 'plugins/buildah-docker'),
      fc.dictionary(fc.constantFrom(...keys), fc.oneof(value, late)),
      (image, settings) => {
        const { step, faults } = readStep({ image, settings });
        expect(step === undefined).toBe(faults.some((f) => f.severity === 'error'));
        expect(JSON.parse(JSON.stringify(step ?? null))).toEqual(step ?? null);
      },
    ),
    { numRuns: fuzzRuns(300) },
  );
});
