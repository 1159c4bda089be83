import type { CodeTable } from '../../base/codes.ts';

/** Failures of the registry client; those of the registry server are in registry/codes.ts. */
export const remoteCodes = {
  'registry/unauthorized': {
    meaning: 'A registry or its token server wants a login, or does not accept the one it got.',
    remedy:
      'Check the connector or run `docker login`; a private repository that does not exist is answered like this too.',
  },
  'registry/denied': {
    meaning: 'The login is good, but it may not do this in this repository.',
    remedy: 'Ask the owner of the repository for the right (pull or push), or use another login.',
  },
  'registry/not-found': {
    meaning: 'The registry has no such repository, tag, manifest or blob.',
    remedy: 'Check the spelling of the reference; list the tags of the repository.',
  },
  'registry/unreachable': {
    meaning: 'No answer came from the registry: name not known, connection refused or broken, no network.',
    remedy: 'Check the host and port of the reference, that the registry runs, and the proxy settings.',
  },
  'registry/timeout': {
    meaning: 'The registry did not answer, or stopped sending or receiving, for too long.',
    remedy: 'Try again; if it happens again, check the network and the proxy between here and the registry.',
  },
  'registry/tls': {
    meaning: 'No trusted TLS connection to the registry could be made.',
    remedy: 'Add its certificate authority with NODE_EXTRA_CA_CERTS, or mark the registry as insecure if it is yours.',
  },
  'registry/too-many-requests': {
    meaning: 'The registry limits how often one may ask, and the limit is reached.',
    remedy: 'Wait as long as the message says, or log in: limits for known users are higher.',
  },
  'registry/server-error': {
    meaning: 'The registry failed (an answer of 500 or above).',
    remedy: 'Try again later; if it is your registry, its log says why.',
  },
  'registry/too-large': {
    meaning: 'The registry refuses something because of its size.',
    remedy: 'Raise the body limit of the registry or of the proxy before it.',
  },
  'registry/refused': {
    meaning: 'The registry refused the request for a reason of its own, which the message shows.',
    remedy: 'Read what the registry said; its rules (immutable tags, quotas, naming) are set there.',
  },
  'registry/bad-answer': {
    meaning: 'The answer is not one that the OCI distribution specification allows; perhaps this is no registry.',
    remedy: 'Check that the address is that of a registry, and what a proxy between here and there changes.',
  },
  'registry/digest-mismatch': {
    meaning: 'The registry sent or confirmed bytes other than those asked for.',
    remedy: 'Do not use this image; try again, and tell the owner of the registry if it happens again.',
  },
  'registry/insecure-realm': {
    meaning: 'The registry asks to send the credentials over plain HTTP to another host.',
    remedy: 'Correct the token address in the configuration of the registry; it must be HTTPS.',
  },
  'registry/insecure-redirect': {
    meaning: 'The registry, reached over TLS, redirects to a plain HTTP address.',
    remedy: 'Correct the storage or proxy settings of the registry, so that it redirects to HTTPS.',
  },
  'registry/no-matching-platform': {
    meaning: 'The image exists, but not for the platform wanted.',
    remedy: 'Choose one of the platforms that the message lists.',
  },
  'registry/bad-docker-config': {
    meaning: "Docker's config.json cannot be read.",
    remedy: 'Correct the file, or remove it and run `docker login` again.',
  },
  'registry/credential-helper': {
    meaning: 'A credential helper named in config.json is missing or failed.',
    remedy: 'Install the helper, run it by hand to see why it fails, or remove it from config.json.',
  },
} as const satisfies CodeTable;
