// needs('skopeo') gives `describe` when the tools are on PATH. Else the suite is skipped with the tool's name in its
// title, or fails where SLIPWAY_REQUIRE_REAL=1 promises that everything is there (CI).
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Absolute path of a program on PATH, or undefined. */
export const findTool = (name: string): string | undefined => {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      continue; // not in this folder
    }
  }
  return undefined;
};

export const requireReal = process.env['SLIPWAY_REQUIRE_REAL'] === '1';

/** A `describe` that runs only when every named thing is there. `absent` names what is missing besides tools (a folder, a privilege). */
export const needs = (tools: readonly string[], absent: readonly string[] = []) => {
  const missing = [...tools.filter((t) => findTool(t) === undefined), ...absent];
  return (title: string, body: () => void): void => {
    if (missing.length === 0) {
      describe(title, body);
    } else if (requireReal) {
      it(`${title} (needs ${missing.join(', ')})`, () => {
        expect.unreachable(`missing: ${missing.join(', ')}`);
      });
    } else {
      describe.skip(`${title} (skipped: needs ${missing.join(', ')})`, body);
    }
  };
};
