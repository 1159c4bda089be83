// Settings of a build or push step as the contract reads them; the surroundings say nothing unless told.
import { expect } from 'vitest';
import { flavourOf } from '../src/contract/flavour.ts';
import { type Given, type GivenValue, settingVariable } from '../src/contract/given.ts';
import type { BuilderName, BuildSpec, PushSpec } from '../src/contract/image-operation.ts';
import { imageStep, type ImageStep, type Surroundings } from '../src/contract/image-step.ts';
import { readSettings } from '../src/contract/read-settings.ts';
import type { Diagnostic } from '../src/diagnostics/diagnostic.ts';
import { showText, type Text } from '../src/refs/text.ts';

export interface GivenStep {
  readonly image: string;
  readonly given: readonly Given[];
  readonly environment?: Readonly<Record<string, Text>>;
  readonly around?: Partial<Surroundings>;
  readonly unknownSettings?: 'warning';
  readonly builder?: BuilderName;
}

interface Outcome {
  readonly step: ImageStep | undefined;
  readonly faults: readonly Diagnostic[];
}

export const stepOf = ({ image, given, environment = {}, around, unknownSettings, builder }: GivenStep): Outcome => {
  const faults: Diagnostic[] = [];
  const report = (d: Diagnostic): void => {
    faults.push(d);
  };
  const flavour = flavourOf(image) ?? expect.unreachable(image);
  const settings = readSettings({
    flavour,
    given,
    environment,
    report,
    ...(unknownSettings === undefined ? {} : { unknownSettings }),
  });
  const step = imageStep(settings, {
    builder: { name: builder ?? 'embedded', reason: 'a test', required: false },
    baseConnectors: [],
    sharedPaths: [],
    autoLabels: {},
    isPlugin: true,
    placeholders: 'error',
    report,
    ...around,
  });
  return { step, faults };
};

export interface WrittenStep extends Partial<Omit<GivenStep, 'given'>> {
  /** As written under `settings:`; a name in capitals is the variable itself. Late parts and lists are taken as they are. */
  readonly settings: Readonly<Record<string, Text | { readonly list: readonly Text[] }>>;
}

export const readStep = ({ image = 'plugins/docker', settings, ...more }: WrittenStep): Outcome => {
  const given = Object.entries(settings).map(([written, value]): Given => {
    const isList = typeof value === 'object' && 'list' in value;
    const kind: GivenValue = isList ? { kind: 'list', items: value.list } : { kind: 'text', text: value };
    const name = /^[A-Z_]+$/.test(written) ? written : settingVariable(written);
    return { name, written, value: kind, origin: { path: `settings.${written}` } };
  });
  return stepOf({ image, given, ...more });
};

export const built = (written: WrittenStep): BuildSpec => {
  const { step, faults } = readStep(written);
  expect(faults.filter((f) => f.severity === 'error')).toEqual([]);
  return step?.kind === 'build-image' ? step.spec : expect.unreachable('no build');
};

export const pushed = (written: WrittenStep): PushSpec => {
  const { step, faults } = readStep(written);
  expect(faults.filter((f) => f.severity === 'error')).toEqual([]);
  return step?.kind === 'push-image' ? step.spec : expect.unreachable('no push');
};

export const pushNames = (spec: BuildSpec | PushSpec): string[] =>
  ('outputs' in spec ? spec.outputs.push : spec.destinations).map((d) => showText(d.reference));
