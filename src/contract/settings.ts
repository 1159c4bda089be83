// Contract: settings → operation. Pure. The table of every setting that the plugins of upstream know, one room for each subject.
import type { Flavour } from './flavour.ts';
import { builderSettings } from './settings-builder.ts';
import { imageSettings } from './settings-image.ts';
import { modeSettings } from './settings-mode.ts';
import { registrySettings } from './settings-registry.ts';
import type { Setting } from './setting.ts';

export const settings = { ...imageSettings, ...modeSettings, ...registrySettings, ...builderSettings };

export type SettingKey = keyof typeof settings;

export const settingKeys = Object.keys(settings) as SettingKey[];

export const settingOf = (key: SettingKey): Setting => settings[key];

/**
 * Names of a setting for one plugin. Kaniko reads the plain DOCKER_ variables as login for base images, and its ECR flavour
 * PLUGIN_USERNAME and PLUGIN_PASSWORD too; everywhere else they are the login of the push.
 */
export const namesFor = (key: SettingKey, flavour: Flavour): readonly string[] => {
  const names = settings[key].names;
  if (flavour.family !== 'kaniko') return names;
  const ecr = flavour.registry === 'ecr';
  switch (key) {
    case 'registry':
      return ['PLUGIN_REGISTRY'];
    case 'username':
      return ecr ? [] : ['PLUGIN_USERNAME'];
    case 'password':
      return ecr ? [] : ['PLUGIN_PASSWORD'];
    case 'baseRegistry':
      return [...names, 'DOCKER_REGISTRY'];
    case 'baseUsername':
      return ecr ? ['PLUGIN_USERNAME', ...names, 'DOCKER_USERNAME'] : [...names, 'DOCKER_USERNAME'];
    case 'basePassword':
      return ecr ? ['PLUGIN_PASSWORD', ...names, 'DOCKER_PASSWORD'] : [...names, 'DOCKER_PASSWORD'];
    default:
      return names;
  }
};
