// Tags of a repository, page by page (distribution-spec, "Listing Tags").
import { bodyOf } from '../../base/http-body.ts';
import { readBytes } from '../read-bytes.ts';
import { type Asked, badAnswer } from './failures.ts';
import type { Session } from './session.ts';

const pageLimitBytes = 16 * 1024 * 1024;
const maxPages = 1000;

export const listTags = async (
  session: Session,
  repository: string,
  signal?: AbortSignal,
): Promise<readonly string[]> => {
  const asked: Asked = { registry: session.registry, repository, what: 'list of tags', action: 'pull' };
  const tags: string[] = [];
  let to: string | URL = `/v2/${repository}/tags/list`;
  for (let page = 0; page < maxPages; page += 1) {
    const response = await session.call({ method: 'GET', to, asked, accept: [200], signal });
    const text = (await readBytes(bodyOf(response), pageLimitBytes, 'list of tags')).toString();
    tags.push(...readTags(text, asked));
    const next = /<([^>]*)>\s*;\s*rel="?next"?/.exec(response.headers.get('link') ?? '')?.[1];
    if (next === undefined) return tags;
    to = await session.locate(next, to, asked);
  }
  throw badAnswer(`its list of tags has more than ${maxPages} pages`, asked);
};

const readTags = (text: string, asked: Asked): readonly string[] => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw badAnswer('its list of tags is not JSON', asked);
  }
  const tags: unknown = typeof value === 'object' && value !== null && 'tags' in value ? (value.tags ?? []) : undefined;
  if (!Array.isArray(tags) || !tags.every((tag) => typeof tag === 'string'))
    throw badAnswer('its list of tags has no "tags"', asked);
  return tags;
};
