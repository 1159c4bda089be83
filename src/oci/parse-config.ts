// Image configurations from untrusted bytes (OCI image-spec, config.md). Every field that this program reads is checked;
// unknown fields stay in the bytes, which are what travels on.
import { Failure } from '../base/failure.ts';
import type { HistoryEntry, ImageConfig } from './image.ts';
import { manifestLimitBytes, tooLarge } from './read-bytes.ts';
import {
  type Bad,
  type JsonObject,
  asDigest,
  asList,
  asObject,
  asString,
  asStringMap,
  asStrings,
  optional,
  parseJson,
} from './untrusted-json.ts';

export const badConfig: Bad = (problem) =>
  new Failure('oci/bad-config', `The image configuration is not valid: ${problem}.`, {
    facts: { problem },
    hint: 'Build the image again with a current tool.',
    failureClass: 'ConfigurationFailure',
  });

const asBoolean = (value: unknown, what: string, bad: Bad): boolean => {
  if (typeof value !== 'boolean') throw bad(`${what} is not true or false`);
  return value;
};

const asNumber = (value: unknown, what: string, bad: Bad): number => {
  if (typeof value !== 'number') throw bad(`${what} is not a number`);
  return value;
};

/** Docker's sets: `{"8080/tcp": {}}`. Some writers put null or other things where `{}` belongs. */
const asSet = (value: unknown, what: string, bad: Bad): Readonly<Record<string, Record<string, never>>> =>
  Object.fromEntries(Object.keys(asObject(value, what, bad)).map((key) => [key, {}]));

const asHealthcheck = (value: unknown, what: string, bad: Bad) => {
  const object = asObject(value, what, bad);
  return {
    ...optional(object, 'Test', asStrings, bad),
    ...optional(object, 'Interval', asNumber, bad),
    ...optional(object, 'Timeout', asNumber, bad),
    ...optional(object, 'StartPeriod', asNumber, bad),
    ...optional(object, 'StartInterval', asNumber, bad),
    ...optional(object, 'Retries', asNumber, bad),
  };
};

const asRunConfig = (value: unknown, what: string, bad: Bad) => {
  const object = asObject(value, what, bad);
  return {
    ...optional(object, 'User', asString, bad),
    ...optional(object, 'ExposedPorts', asSet, bad),
    ...optional(object, 'Env', asStrings, bad),
    ...optional(object, 'Entrypoint', asStrings, bad),
    ...optional(object, 'Cmd', asStrings, bad),
    ...optional(object, 'Volumes', asSet, bad),
    ...optional(object, 'WorkingDir', asString, bad),
    ...optional(object, 'Labels', asStringMap, bad),
    ...optional(object, 'StopSignal', asString, bad),
    ...optional(object, 'ArgsEscaped', asBoolean, bad),
    ...optional(object, 'OnBuild', asStrings, bad),
    ...optional(object, 'Shell', asStrings, bad),
    ...optional(object, 'Healthcheck', asHealthcheck, bad),
  };
};

const asHistoryEntry = (value: unknown, what: string, bad: Bad): HistoryEntry => {
  const object = asObject(value, what, bad);
  return {
    ...optional(object, 'created', asString, bad),
    ...optional(object, 'created_by', asString, bad),
    ...optional(object, 'author', asString, bad),
    ...optional(object, 'comment', asString, bad),
    ...optional(object, 'empty_layer', asBoolean, bad),
  };
};

const asHistory = (value: unknown, what: string, bad: Bad): readonly HistoryEntry[] =>
  asList(value, what, bad).map((item) => asHistoryEntry(item, `an item of ${what}`, bad));

const asRootfs = (value: unknown, what: string, bad: Bad): ImageConfig['rootfs'] => {
  const object: JsonObject = asObject(value, what, bad);
  const ids = object['diff_ids'] ?? []; // Go writes null for an image without layers
  return { type: 'layers', diff_ids: asList(ids, '"diff_ids"', bad).map((id) => asDigest(id, 'a diff id', bad)) };
};

/** Throws Failure `oci/bad-config`, `oci/too-large`. */
export const parseConfig = (bytes: Uint8Array): ImageConfig => {
  if (bytes.length > manifestLimitBytes) throw tooLarge('image configuration', manifestLimitBytes);
  const object = parseJson(bytes, badConfig);
  return {
    ...optional(object, 'created', asString, badConfig),
    ...optional(object, 'author', asString, badConfig),
    architecture: asString(object['architecture'] ?? '', '"architecture"', badConfig),
    os: asString(object['os'] ?? '', '"os"', badConfig),
    ...optional(object, 'variant', asString, badConfig),
    ...optional(object, 'os.version', asString, badConfig),
    ...optional(object, 'config', asRunConfig, badConfig),
    rootfs: asRootfs(object['rootfs'], '"rootfs"', badConfig),
    ...optional(object, 'history', asHistory, badConfig),
  };
};
