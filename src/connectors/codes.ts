import type { CodeTable } from '../base/codes.ts';

export const connectorsCodes = {
  'config/bad-connector': {
    meaning: 'A connector document lacks its identifier or type.',
    remedy: 'Export the connector from Harness again, or write it in slipway.yaml.',
  },
  'config/bad-url': { meaning: 'An endpoint is not a URL.', remedy: 'Write it like http://localhost:5000.' },
  'config/literal-secret': {
    meaning: 'A password stands in a file in clear.',
    remedy: 'Keep it as a secret and refer to it with <+secrets.getValue("name")>.',
  },
  'config/several-documents': {
    meaning: 'The configuration has more than one YAML document.',
    remedy: 'Put everything into one document.',
  },
  'config/unknown-connector-type': {
    meaning: 'A connector in slipway.yaml has a type that does not exist.',
    remedy: 'Use docker, aws, gcp, azure, kubernetes or git.',
  },
  'config/unknown-key': {
    meaning: 'The configuration has a key that means nothing.',
    remedy: 'Use the key that the message names.',
  },
  'config/wrong-kind': {
    meaning: 'A value of the configuration is of the wrong kind.',
    remedy: 'Write a text, a list or a map, as the message says.',
  },
  'connectors/secret-file': {
    meaning: 'A file with secrets cannot be read.',
    remedy: 'Check its path, its rights and that it has NAME=value lines or a YAML map.',
  },
} as const satisfies CodeTable;
