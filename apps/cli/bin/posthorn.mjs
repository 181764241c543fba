#!/usr/bin/env node
// Plain JavaScript on purpose: it has to run on whatever Node is there, and say what to do if that one is too old.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import module from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const needed = 24;
const here = dirname(fileURLToPath(import.meta.url));

if (Number.parseInt(process.versions.node, 10) >= needed) {
  const modules = findUpward('node_modules');
  // A start reads some hundred files: compiled once, they load in half the time. Where the folder is read-only, they do not.
  if (modules !== null) module.enableCompileCache?.(join(modules, '.cache', 'compile'));
  await import('../src/main.ts');
} else {
  const pinned = findUpward(join('node_modules', '.bin', 'node'));
  // The variable keeps a pinned Node that is too old itself from calling itself for ever.
  if (pinned !== null && process.env.POSTHORN_PINNED_NODE !== '1') runWith(pinned);
  else {
    console.error(
      `posthorn needs Node ${needed} or later, and this is Node ${process.versions.node}. ` +
        'Run "npm ci" in the folder of posthorn (it installs the Node posthorn runs on), or install a newer Node.',
    );
    process.exitCode = 1;
  }
}

function findUpward(name) {
  for (let folder = here; ; folder = dirname(folder)) {
    const path = join(folder, name);
    if (existsSync(path)) return path;
    if (folder === dirname(folder)) return null;
  }
}

function runWith(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, POSTHORN_PINNED_NODE: '1' },
  });
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  // A terminal sends Ctrl-C to the child as well, and two of them mean "at once".
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  child.on('error', (error) => {
    console.error(`posthorn could not start ${node}: ${error.message}. Run "npm ci" in the folder of posthorn.`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}
