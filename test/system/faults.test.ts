// Bad input and a bad world, met from the command line: what a person sees, and that nothing is left behind.
import { createServer, type Server } from 'node:http';
import { cpSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectFolder, serveRegistry, slipway, temporaryFolder } from '../slipway.ts';

const app = join(projectFolder, 'test/fixtures/app');

/** A registry with one bad habit. */
const badRegistry = (
  answer: Parameters<typeof createServer>[1],
): Promise<{ readonly host: string } & AsyncDisposable> =>
  new Promise((resolve) => {
    const server: Server = createServer(answer ?? (() => {}));
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve({
        host: `localhost:${typeof address === 'object' && address !== null ? address.port : 0}`,
        async [Symbol.asyncDispose]() {
          server.closeAllConnections();
          await new Promise((done) => server.close(done));
        },
      });
    });
  });

describe('a push to a registry that', () => {
  it.each([
    {
      name: 'refuses the sign-in (401)',
      status: 401,
      headers: { 'www-authenticate': 'Basic realm="bad"' },
      code: 'registry/unauthorized',
    },
    { name: 'denies the repository (403)', status: 403, headers: {}, code: 'registry/denied' },
    { name: 'knows no such repository (404)', status: 404, headers: {}, code: 'registry/not-found' },
  ])('$name says so with its name and what it answered', async ({ status, headers, code }) => {
    using folder = temporaryFolder();
    const environment = { SLIPWAY_HOME: join(folder.path, 'home'), DOCKER_CONFIG: join(folder.path, 'docker') };
    await using registry = await badRegistry((_request, response) => {
      response.writeHead(status, headers).end('{"errors":[{"code":"NOPE","message":"not on a Tuesday"}]}');
    });
    expect((await slipway(['build', app, '--tag', 'app:1'], { environment })).code).toBe(0);
    const pushed = await slipway(['push', 'app:1', `${registry.host}/team/app:1`], { environment });
    expect(pushed.code).toBe(1);
    const seen = pushed.stderr + pushed.stdout;
    expect(seen).toContain(code);
    expect(seen).toContain(registry.host);
    expect(seen).toContain('team/app');
    expect(seen).toContain('help: ');
  });

  it('is down is named, and the other destination is still served', async () => {
    using folder = temporaryFolder();
    const environment = { SLIPWAY_HOME: join(folder.path, 'home') };
    await using good = await serveRegistry(join(folder.path, 'registry'));
    await slipway(['build', app, '--tag', 'app:1'], { environment });
    const pushed = await slipway(['push', 'app:1', 'localhost:9/team/app:1', `${good.host}/team/app:1`], {
      environment,
    });
    expect(pushed.code).toBe(1);
    expect(pushed.stderr + pushed.stdout).toContain('nothing listens at localhost:9');
    expect(pushed.stderr + pushed.stdout).toContain(`${good.host}/team/app:1: pushed`);
    expect((await slipway(['inspect', `${good.host}/team/app:1`], { environment })).code).toBe(0);
  });

  it('lies about the digest it stored is caught', async () => {
    using folder = temporaryFolder();
    const environment = { SLIPWAY_HOME: join(folder.path, 'home') };
    const lie = `sha256:${'0'.repeat(64)}`;
    await using registry = await badRegistry((request, response) => {
      request.resume();
      request.on('end', () => {
        if (request.method === 'HEAD') response.writeHead(404).end();
        else if (request.method === 'POST')
          response.writeHead(202, { location: '/v2/team/app/blobs/uploads/1', range: '0-0' }).end();
        else if (request.method === 'PUT')
          response.writeHead(201, { 'docker-content-digest': lie, location: '/' }).end();
        else response.writeHead(200).end();
      });
    });
    await slipway(['build', app, '--tag', 'app:1'], { environment });
    const pushed = await slipway(['push', 'app:1', `${registry.host}/team/app:1`], { environment });
    expect(pushed.code).toBe(1);
    expect(pushed.stderr + pushed.stdout).toContain('registry/digest-mismatch');
  });

  it('fails with 500 is tried again, then named', async () => {
    using folder = temporaryFolder();
    const environment = { SLIPWAY_HOME: join(folder.path, 'home') };
    let requests = 0;
    await using registry = await badRegistry((_request, response) => {
      requests += 1;
      response.writeHead(500).end('boiler out of steam');
    });
    await slipway(['build', app, '--tag', 'app:1'], { environment });
    const pushed = await slipway(['push', 'app:1', `${registry.host}/team/app:1`], { environment });
    expect(pushed.code).toBe(1);
    expect(requests).toBeGreaterThan(2);
    expect(pushed.stderr + pushed.stdout).toContain('500');
  });
});

describe('a build', () => {
  it('whose Dockerfile is missing says where it looked, and leaves no tar', async () => {
    using folder = temporaryFolder();
    const environment = { SLIPWAY_HOME: join(folder.path, 'home') };
    const built = await slipway(['build', folder.path, '--output', join(folder.path, 'out.tar')], { environment });
    expect(built.code).not.toBe(0);
    expect(built.stderr).toContain(join(folder.path, 'Dockerfile'));
    expect(existsSync(join(folder.path, 'out.tar'))).toBe(false);
  });

  it('that copies what is not there names the line, the file and a near name', async () => {
    using folder = temporaryFolder();
    cpSync(app, folder.path, { recursive: true });
    writeFileSync(join(folder.path, 'Dockerfile'), 'FROM scratch\nCOPY fils/ /\n');
    const built = await slipway(['build', '.', '--output', 'out.tar'], {
      cwd: folder.path,
      environment: { SLIPWAY_HOME: join(folder.path, 'home') },
    });
    expect(built.code).not.toBe(0);
    expect(built.stderr + built.stdout).toMatch(/Dockerfile:2/);
    expect(built.stderr + built.stdout).toContain('fils');
    expect(built.stderr + built.stdout).toContain('files');
    expect(readdirSync(folder.path)).not.toContain('out.tar');
  });

  it('that asks for what is not supported is refused before anything runs', async () => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, 'Dockerfile'), 'FROM scratch\nRUN --security=insecure echo hello\n');
    const built = await slipway(['build', '.'], {
      cwd: folder.path,
      environment: { SLIPWAY_HOME: join(folder.path, 'home') },
    });
    expect(built.code).not.toBe(0);
    expect(built.stderr + built.stdout).toContain('Dockerfile:2');
    expect(built.stderr + built.stdout).toContain('--security');
  });
});

describe('a pipeline', () => {
  it('with twenty different faults shows all twenty with their places', async () => {
    const file = join(projectFolder, 'test/fixtures/twenty-faults.yaml');
    const checked = await slipway(['check', file, '--format', 'json']);
    expect(checked.code).toBe(3);
    const { diagnostics } = JSON.parse(checked.stdout) as {
      diagnostics: { severity: string; place?: { line: number }; code: string }[];
    };
    const errors = diagnostics.filter((d) => d.severity === 'error');
    expect(errors.length).toBeGreaterThanOrEqual(20);
    expect(errors.every((d) => typeof d.place?.line === 'number')).toBe(true);
    expect(new Set(errors.map((d) => d.place?.line)).size).toBeGreaterThanOrEqual(20);
    const text = await slipway(['check', file]);
    for (const { place } of errors) expect(text.stdout).toContain(`twenty-faults.yaml:${place?.line}:`);
  });

  it('that lacks a connector, a secret and an input lists all three at once, before anything starts', async () => {
    using folder = temporaryFolder();
    const environment = { SLIPWAY_HOME: join(folder.path, 'home') };
    const file = join(folder.path, 'pipeline.yaml');
    writeFileSync(join(folder.path, 'Dockerfile'), 'FROM scratch\n');
    writeFileSync(
      file,
      `pipeline:
  name: three
  identifier: three
  stages:
    - stage:
        name: one
        identifier: one
        type: CI
        spec:
          cloneCodebase: true
          runtime: { type: Cloud, spec: {} }
          execution:
            steps:
              - step:
                  type: Run
                  name: sign
                  identifier: sign
                  spec:
                    shell: Sh
                    command: touch started
                    envVariables:
                      KEY: <+secrets.getValue("signing_key")>
              - step:
                  type: BuildAndPushDockerRegistry
                  name: push
                  identifier: push
                  spec:
                    connectorRef: harbor
                    repo: localhost:9/team/<+input>
                    tags: [<+pipeline.variables.version>]
  variables:
    - name: version
      type: String
      value: <+input>
`,
    );
    const outcome = await slipway(['run', file, '--bind'], { cwd: folder.path, environment });
    expect(outcome.code).toBe(3);
    for (const name of ['signing_key', 'harbor', 'version']) expect(outcome.stderr).toContain(name);
    expect(existsSync(join(folder.path, 'started'))).toBe(false);
  });

  it('that is not there is named', async () => {
    const outcome = await slipway(['run', 'no-such.yaml']);
    expect(outcome.code).toBe(3);
    expect(outcome.stderr).toContain('no-such.yaml');
  });
});
