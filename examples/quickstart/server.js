// Serves the folder `site` and says its version. No dependencies.
const { createServer, get } = require('node:http');
const { readFile } = require('node:fs/promises');
const { extname, join, normalize } = require('node:path');

const port = Number(process.env.PORT || 8080);
const types = { '.html': 'text/html; charset=utf-8', '.css': 'text/css; charset=utf-8' };

if (process.argv.includes('--check')) {
  get({ port, path: '/version' }, (response) => process.exit(response.statusCode === 200 ? 0 : 1)).on('error', () =>
    process.exit(1),
  );
} else {
  createServer(async (request, response) => {
    if (request.url === '/version') return response.end(`${process.env.VERSION}\n`);
    const path = normalize(request.url === '/' ? '/index.html' : new URL(request.url, 'http://localhost').pathname);
    try {
      const body = await readFile(join(__dirname, 'site', path));
      response.writeHead(200, { 'content-type': types[extname(path)] || 'application/octet-stream' }).end(body);
    } catch {
      response.writeHead(404).end('not found\n');
    }
  }).listen(port, () => console.log(`hello ${process.env.VERSION} on port ${port}`));
}
