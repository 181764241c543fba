// `npm run build`: dist/ is what `npm publish ./dist` publishes. Node strips no types below node_modules, and the libs that this one is
// made of are not published: so what is reached from src/index.ts goes in, lib by lib, as JavaScript. Other packages stay dependencies.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin, stripTypeScriptTypes } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'oxc-parser';

/** Published by itself, and shared with whoever uses both. */
const publishedAlone = new Set(['@posthorn/client']);

const here = dirname(fileURLToPath(import.meta.url));
const libs = dirname(here);
const dist = join(here, 'dist');
const manifestOf = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
const own = manifestOf(here);
const dependencies = {};

rmSync(dist, { recursive: true, force: true });
execFileSync('tsc', ['-p', 'tsconfig.build.json'], { cwd: here, stdio: 'inherit' });
const waiting = [join(here, 'src/index.ts')];
const seen = new Set(waiting);
for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) write(file);

const { name, version, description, license, type } = own;
const published = {
  ...{ name, version, description, license, type, private: false, engines: { node: '>=24' } },
  exports: { '.': { types: './producer/index.d.ts', default: './producer/index.js' } },
  dependencies: Object.fromEntries(Object.entries(dependencies).toSorted(([one], [other]) => (one < other ? -1 : 1))),
};
writeFileSync(join(dist, 'package.json'), `${JSON.stringify(published, null, 2)}\n`);
cpSync(join(here, 'README.md'), join(dist, 'README.md'));
cpSync(join(here, '../../LICENSE'), join(dist, 'LICENSE'));

/** `libs/ledger/src/view.ts` → `dist/ledger/view.js`. */
function placeOf(file) {
  const [lib, , ...path] = relative(libs, file).split('/');
  return join(dist, lib, ...path).replace(/\.ts$/u, '.js');
}

/** Writes one file as JavaScript, and lets those that it imports follow. */
function write(file) {
  const code = stripTypeScriptTypes(readFileSync(file, 'utf8'));
  const { module } = parseSync(file.replace(/\.ts$/u, '.mjs'), code);
  const requests = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest),
    ...module.staticExports.flatMap(({ entries }) => entries.flatMap(({ moduleRequest }) => moduleRequest ?? [])),
  ];
  const edits = new Map(requests.map(({ value, start, end }) => [start, { end, to: follow(file, value) }]));
  let written = '';
  let at = 0;
  for (const [start, { end, to }] of [...edits].toSorted(([one], [other]) => one - other)) {
    written += `${code.slice(at, start)}'${to}'`;
    at = end;
  }
  mkdirSync(dirname(placeOf(file)), { recursive: true });
  writeFileSync(placeOf(file), written + code.slice(at));
}

/** What an import is called in the package; what it leads to goes in too, or becomes a dependency. */
function follow(from, request) {
  if (isBuiltin(request)) return request;
  const packageName = request.split('/', request.startsWith('@') ? 2 : 1).join('/');
  if (!request.startsWith('.') && (!packageName.startsWith('@posthorn/') || publishedAlone.has(packageName))) {
    dependencies[packageName] = manifestOf(join(libs, relative(libs, from).split('/')[0])).dependencies[packageName];
    return request;
  }
  const target = request.startsWith('.') ? resolve(dirname(from), request) : entryOf(packageName, request);
  if (!seen.has(target)) {
    seen.add(target);
    waiting.push(target);
  }
  const path = relative(dirname(placeOf(from)), placeOf(target));
  return path.startsWith('.') ? path : `./${path}`;
}

/** The file behind `@posthorn/media/look-up`; scripts of Redis, which are read at run time, come with their lib. */
function entryOf(packageName, request) {
  const lib = packageName.slice('@posthorn/'.length);
  const folder = join(libs, lib);
  const lua = join(folder, 'src/lua');
  if (existsSync(lua)) cpSync(lua, join(dist, lib, 'lua'), { recursive: true });
  return join(folder, manifestOf(folder).exports[`.${request.slice(packageName.length)}`]);
}
