// Go's path.Clean: the shortest path that is lexically the same; "" becomes ".".

export const cleanPath = (path: string): string => {
  const rooted = path.startsWith('/');
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (!rooted) parts.push('..');
  }
  const cleaned = parts.join('/');
  return rooted ? `/${cleaned}` : cleaned || '.';
};
