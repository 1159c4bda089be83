// How the readers of one step report: at the setting that is wrong, and whether an error was among it.
import type { Report, Severity } from '../diagnostics/diagnostic.ts';
import { faultAt } from './given.ts';
import type { Settings } from './read-settings.ts';
import type { SettingKey } from './settings.ts';

export interface Faults {
  /** True once an error was reported. */
  failed(): boolean;
  readonly report: Report;
  /** For a fault that somebody else has reported. */
  fail(): void;
  error(key: SettingKey, code: string, message: string, hint?: string): void;
  warning(key: SettingKey, code: string, message: string, hint?: string): void;
}

export const faultsOf = (settings: Settings, report: Report): Faults => {
  let { failed } = settings;
  const tell: Report = (diagnostic) => {
    if (diagnostic.severity === 'error') failed = true;
    report(diagnostic);
  };
  const at = (severity: Severity, key: SettingKey, code: string, message: string, hint?: string): void => {
    tell(faultAt(settings.origin(key), severity, code, { message, hint }));
  };
  return {
    failed: () => failed,
    report: tell,
    fail: () => {
      failed = true;
    },
    error: (key, code, message, hint) => {
      at('error', key, code, message, hint);
    },
    warning: (key, code, message, hint) => {
      at('warning', key, code, message, hint);
    },
  };
};
