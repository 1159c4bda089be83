// The import table: which room may import which. ARCHITECTURE.md shows it, the lint rule is made of it, a test compares the two.

export const rooms: Readonly<Record<string, readonly string[]>> = {
  base: [],
  diagnostics: ['base'],
  refs: [],
  yaml: ['base', 'diagnostics'],
  dockerfile: ['base', 'diagnostics', 'refs'],
  pipeline: ['base', 'diagnostics', 'refs', 'yaml'],
  contract: ['base', 'diagnostics', 'refs'],
  plan: ['base', 'diagnostics', 'refs', 'pipeline', 'contract'],
  steps: ['base', 'diagnostics', 'refs', 'pipeline', 'contract', 'plan'],
  oci: ['base', 'refs'],
  registry: ['base', 'refs', 'oci'],
  journal: ['base'],
  engine: ['base', 'diagnostics', 'refs', 'contract', 'plan', 'journal'],
  sandbox: ['base'],
  connectors: ['base', 'diagnostics', 'refs', 'yaml', 'oci'],
  transfer: ['base', 'refs', 'contract', 'plan', 'journal', 'oci', 'engine', 'connectors'],
  runners: ['base', 'diagnostics', 'refs', 'plan', 'journal', 'engine', 'sandbox'],
  builders: ['base', 'diagnostics', 'refs', 'contract', 'plan', 'journal', 'engine', 'dockerfile', 'oci', 'sandbox', 'transfer'],
  app: ['base', 'diagnostics', 'refs', 'yaml', 'dockerfile', 'pipeline', 'contract', 'plan', 'steps', 'oci', 'registry', 'journal', 'engine', 'sandbox', 'connectors', 'transfer', 'runners', 'builders'],
  cli: ['base', 'diagnostics', 'refs', 'plan', 'journal', 'app'],
};

/** Values in, values out: no file, network, clock, environment or process, not even through what they import. */
export const pure: readonly string[] = ['diagnostics', 'refs', 'yaml', 'dockerfile', 'pipeline', 'contract', 'plan', 'steps'];
