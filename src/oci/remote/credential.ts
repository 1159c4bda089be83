// Credential: what a user has for a registry. Never logged, never part of an error.

export type Credential =
  | { readonly username: string; readonly password: string }
  /** An OAuth 2 refresh token, as `docker login` keeps it for ACR and others. */
  | { readonly identityToken: string }
  /** Sent as Bearer token as it is. */
  | { readonly registryToken: string };

/**
 * Undefined: ask anonymously. `repository` lets a source hold different logins for parts of one registry;
 * most ignore it.
 */
export type CredentialSource = (registry: string, repository: string) => Promise<Credential | undefined>;

/** The texts that must never be shown. */
export const secretsOf = (credential: Credential | undefined): readonly string[] => {
  if (credential === undefined) return [];
  if ('password' in credential) {
    const basic = Buffer.from(`${credential.username}:${credential.password}`).toString('base64');
    return [credential.password, basic].filter((s) => s !== '');
  }
  return ['identityToken' in credential ? credential.identityToken : credential.registryToken];
};
