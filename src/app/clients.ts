// Registry clients for connectors, logins and the user's Docker configuration; one for each set of credentials.
import { Failure } from '../base/failure.ts';
import type { Destination } from '../contract/image-operation.ts';
import { allowsInsecure, type ConnectorSet, credentialFor, endpointFor } from '../connectors/connector-set.ts';
import type { StepContext } from '../engine/executor.ts';
import { createRegistryClient, type RegistryClient, type RetryNotice } from '../oci/remote/client.ts';
import { dockerConfigCredentials } from '../oci/remote/docker-config.ts';
import { createTransport } from '../oci/remote/transport.ts';
import type { ImageReference } from '../refs/reference.ts';
import { redirected } from './redirected-client.ts';

/** Who asks for a client says how secrets are revealed. */
type Revealing = Pick<StepContext, 'reveal'>;

export interface Clients {
  forDestination(
    destination: Pick<Destination, 'connector' | 'login' | 'insecure'>,
    context: Revealing,
  ): Promise<RegistryClient>;
  /** For base images: the first of the connectors that is for the registry. */
  forBase(reference: ImageReference, connectors: readonly string[], context: Revealing): RegistryClient;
}

type Environment = Readonly<Record<string, string | undefined>>;

export const createClients = (
  connectors: ConnectorSet,
  environment: Environment,
  onRetry: (notice: RetryNotice) => void = () => {},
): Clients => {
  const docker = dockerConfigCredentials({ env: { ...environment } });
  const transports = new Map<boolean, ReturnType<typeof createTransport>>();
  const known = new Map<string, RegistryClient>();

  const clientWith = (key: string, make: () => Parameters<typeof createRegistryClient>[0]): RegistryClient => {
    const old = known.get(key);
    if (old !== undefined) return old;
    const client = createRegistryClient({ ...make(), onRetry });
    known.set(key, client);
    return client;
  };
  const transport = (insecure: boolean) => {
    const old = transports.get(insecure);
    if (old !== undefined) return old;
    const made = createTransport({ insecure: () => insecure, env: { ...environment } });
    transports.set(insecure, made);
    return made;
  };

  const forConnector = (name: string | undefined, insecure: boolean, context: Revealing): RegistryClient => {
    const connector = name === undefined ? undefined : connectors.find(name);
    const reveal = (value: string | { readonly secret: string }): string =>
      typeof value === 'string' ? value : context.reveal([value]);
    return redirected(
      (registry) => endpointFor(connector, registry),
      (registry) => {
        const endpoint = endpointFor(connector, registry);
        const open = insecure || endpoint?.insecure === true || allowsInsecure(connector, registry);
        return clientWith(`connector ${name ?? ''} ${open} ${endpoint?.host ?? ''}`, () => ({
          credentials: async (host, repository) => {
            const own = credentialFor(connector, host === endpoint?.host ? registry : host, reveal);
            return own ?? docker(host, repository);
          },
          insecure: () => open,
          transport: transport(open),
        }));
      },
    );
  };

  return {
    forDestination: async ({ connector, login, insecure }, context) => {
      if (login !== undefined) {
        const username = context.reveal(login.username);
        const password = context.reveal(login.password);
        const open = insecure === true;
        return createRegistryClient({
          credentials: async () => ({ username, password }),
          insecure: () => open,
          transport: transport(open),
          onRetry,
        });
      }
      if (connector !== undefined && connectors.find(connector) === undefined) {
        throw new Failure('app/no-connector', `the connector "${connector}" is not defined`, {
          hint: connectors.hintFor(connector),
          failureClass: 'ConfigurationFailure',
        });
      }
      return forConnector(connector, insecure === true, context);
    },
    forBase: (reference, names, context) => {
      const fitting = names.find((name) => {
        const connector = connectors.find(name);
        return (
          connector !== undefined &&
          (credentialFor(connector, reference.registry, () => '') !== undefined ||
            endpointFor(connector, reference.registry) !== undefined ||
            allowsInsecure(connector, reference.registry))
        );
      });
      return forConnector(fitting, false, context);
    },
  };
};
