// One case of the plugins of upstream: what they do with an input, and what Slipway makes of it.
// Input of every case: repository `o/r` and a Dockerfile. A case without `expect` is decided while the step runs.

export type Outcome =
  /** A fault before any work, by its code. */
  | { readonly fault: string }
  /** Nothing is done, and the step succeeds. */
  | { readonly skipped: true }
  | {
      readonly build: {
        readonly push?: readonly string[];
        readonly tags?: readonly string[];
        readonly tar?: string;
        readonly format?: 'docker' | 'oci';
        readonly load?: boolean;
        readonly args?: Readonly<Record<string, string>>;
        readonly secrets?: readonly string[];
        readonly user?: string;
        readonly baseRegistry?: string;
        readonly cacheTo?: readonly string[];
      };
    }
  | { readonly push: { readonly from: string; readonly to: readonly string[] } };

export interface UpstreamCase {
  readonly id: `T${number}`;
  /** Image of the plugin. */
  readonly image: string;
  /** `PLUGIN_` is left out; a name with `=` in front is the variable itself. */
  readonly given: Readonly<Record<string, string>>;
  readonly tagsFile?: string;
  /** What the plugin does. */
  readonly upstream: string;
  readonly expect?: Outcome;
  /** Why Slipway differs on purpose. Absent: it does the same. */
  readonly departure?: string;
  /** What decides it, or which later work does. */
  readonly open?: string;
}
