// A registry in a process of its own, so that a test can kill it: node serve-process.ts ROOT
import { serveRegistry } from '../serve.ts';

const server = await serveRegistry({ root: process.argv[2] ?? '' });
process.stdout.write(`${server.url}\n`);
