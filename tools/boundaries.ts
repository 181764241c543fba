/**
 * `npm run boundaries`: the direction of imports. A project's place is said by `nx.tags` in its package.json:
 *
 *   rank:base < rank:part, rank:flow < rank:assembly < rank:app, and provider:<name> for what knows one provider
 *
 * Also: what is imported is declared; no project reaches into another's files; no project is part of a circle.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync, Visitor } from 'oxc-parser';

type Rank = 'base' | 'part' | 'flow' | 'assembly' | 'app';

interface Project {
  readonly name: string;
  readonly folder: string;
  readonly rank: Rank;
  readonly providers: readonly string[];
  readonly declared: ReadonlySet<string>;
  /** What its tests may import besides. */
  readonly declaredForTests: ReadonlySet<string>;
  readonly exports: readonly string[];
}

interface Import {
  readonly request: string;
  readonly line: number;
}

const root = fileURLToPath(new URL('..', import.meta.url));

const mayImport = {
  base: ['base'],
  part: ['base'],
  flow: ['base'],
  assembly: ['base', 'part', 'flow', 'assembly'],
  app: ['base', 'part', 'flow', 'assembly'],
} as const satisfies Record<Rank, readonly Rank[]>;

/** They start the apps, so they may import them, and through them any provider. */
const starters: ReadonlySet<string> = new Set(['posthorn', '@posthorn/bench']);

/** The sandbox reads the providers' documentation for itself: what it shares with an adapter it could not find wrong. */
const sandbox = '@posthorn/sandbox';
const sandboxNever: ReadonlySet<string> = new Set([
  '@posthorn/provider',
  '@posthorn/providers',
  '@posthorn/whatsapp-format',
]);

const bullmqImporters: ReadonlySet<string> = new Set(['@posthorn/queue', '@posthorn/bench']);

const faults: string[] = [];
const projects = readProjects();
const byName = new Map(projects.map((project) => [project.name, project]));
const rootDev = new Set(Object.keys(recordOf(readJson(join(root, 'package.json'))['devDependencies'])));
const edges = new Map<string, Map<string, string>>();

let files = 0;
for (const project of projects) {
  for (const file of sourcesOf(join(project.folder, 'src'))) {
    files += 1;
    for (const found of importsOf(file)) {
      const place = `${relative(root, file)}:${found.line}`;
      const fault = judge(project, file, found.request, place);
      if (fault !== null) faults.push(`${place}: ${fault}`);
    }
  }
}
faults.push(...circles());

for (const fault of faults) console.error(fault);
if (faults.length === 0) console.log(`boundaries: ${projects.length} projects, ${files} files, no fault`);
process.exitCode = faults.length > 0 ? 1 : 0;

/** Null when this file may import that, else what is wrong and what to do. */
function judge(project: Project, file: string, request: string, place: string): string | null {
  if (request.startsWith('.')) {
    const inside = resolve(dirname(file), request).startsWith(`${project.folder}/`);
    return inside ? null : `"${request}" leaves ${project.name}; import the other project by its name`;
  }
  if (isBuiltin(request)) return request.startsWith('node:') ? null : `write "node:${request}"`;
  const name = request.split('/', request.startsWith('@') ? 2 : 1).join('/');
  const target = byName.get(name);
  if (target === project) return `"${request}" is this project itself; import the file`;
  return (
    (target === undefined ? judgeLibrary(project, name) : judgeProject(project, target, request, place)) ??
    judgeDeclared(project, file, name)
  );
}

function judgeLibrary(project: Project, name: string): string | null {
  if (name !== 'bullmq' || bullmqImporters.has(project.name)) return null;
  return `only @posthorn/queue imports bullmq; use or extend what @posthorn/queue exports`;
}

function judgeProject(project: Project, target: Project, request: string, place: string): string | null {
  const from = edges.get(project.name) ?? new Map<string, string>();
  edges.set(project.name, from.set(target.name, place));
  const entry = `.${request.slice(target.name.length)}`;
  if (!target.exports.includes(entry))
    return `"${request}" reaches into ${target.name}; it exports ${target.exports.join(', ')}`;
  if (starters.has(project.name)) return null;
  const allowed: readonly Rank[] = mayImport[project.rank];
  if (!allowed.includes(target.rank)) {
    return `${project.name} (${project.rank}) imports ${target.name} (${target.rank}); a ${project.rank} may import ${allowed.join(', ')}`;
  }
  if (
    project.name === sandbox &&
    (target.rank !== 'base' || target.providers.length > 0 || sandboxNever.has(target.name))
  ) {
    return `the sandbox imports ${target.name}; it may import base libs only, and nothing that knows a provider`;
  }
  const isOfProvider = target.providers.every((provider) => provider === 'all' || project.providers.includes(provider));
  if (isOfProvider || project.providers.includes('all')) return null;
  return `${project.name} imports ${target.name}, which only that provider's projects and the registry of providers may`;
}

function judgeDeclared(project: Project, file: string, name: string): string | null {
  if (project.declared.has(name)) return null;
  const isTest = file.endsWith('.test.ts') || file.includes('/testing/');
  if (isTest && (rootDev.has(name) || project.declaredForTests.has(name) || byName.get(name)?.rank === 'base'))
    return null;
  return `${name} is not among the dependencies in ${relative(root, project.folder)}/package.json; declare it there`;
}

/** Circles among projects, each told once. */
function circles(): string[] {
  const told = new Set<string>();
  const found: string[] = [];
  const walk = (name: string, path: readonly string[]): void => {
    const at = path.indexOf(name);
    if (at >= 0) {
      const circle = path.slice(at);
      const key = circle.toSorted().join(' ');
      if (!told.has(key)) {
        const place = edges.get(circle.at(-1) ?? '')?.get(name) ?? '';
        found.push(`${place}: closes the circle ${[...circle, name].join(' → ')}`);
      }
      told.add(key);
      return;
    }
    for (const next of edges.get(name)?.keys() ?? []) walk(next, [...path, name]);
  };
  for (const name of edges.keys()) walk(name, []);
  return found;
}

function importsOf(file: string): Import[] {
  const source = readFileSync(file, 'utf8');
  const { module, program, errors } = parseSync(file, source);
  if (errors.length > 0)
    throw new Error(`${file} cannot be parsed: ${errors.map(({ message }) => message).join('; ')}`);
  const found: Import[] = [];
  const add = (request: string, offset: number) =>
    found.push({ request, line: source.slice(0, offset).split('\n').length });
  for (const { moduleRequest } of module.staticImports) add(moduleRequest.value, moduleRequest.start);
  for (const { moduleRequest } of module.staticExports.flatMap(({ entries }) => entries)) {
    if (moduleRequest) add(moduleRequest.value, moduleRequest.start);
  }
  new Visitor({
    ImportExpression(node) {
      if (node.source.type === 'Literal' && typeof node.source.value === 'string') add(node.source.value, node.start);
    },
    TSImportType(node) {
      add(node.source.value, node.start);
    },
  }).visit(program);
  return found;
}

function readProjects(): Project[] {
  const folders = ['apps', 'libs'].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => join(root, group, name)),
  );
  return folders.map((folder) => {
    const manifest = readJson(join(folder, 'package.json'));
    const tags = listOf(recordOf(manifest['nx'])['tags']);
    const valuesOf = (prefix: string) =>
      tags.filter((tag) => tag.startsWith(prefix)).map((tag) => tag.slice(prefix.length));
    const rank = valuesOf('rank:').find(isRank);
    if (rank === undefined)
      throw new Error(
        `${relative(root, folder)}/package.json: nx.tags must name a rank: ${Object.keys(mayImport).join(', ')}`,
      );
    const declared = ['dependencies', 'optionalDependencies', 'peerDependencies'].flatMap((kind) =>
      Object.keys(recordOf(manifest[kind])),
    );
    const exported = Object.keys(recordOf(manifest['exports']));
    return {
      name: String(manifest['name']),
      folder,
      rank,
      providers: valuesOf('provider:'),
      declared: new Set(declared),
      declaredForTests: new Set(Object.keys(recordOf(manifest['devDependencies']))),
      exports: exported,
    };
  });
}

function isRank(text: string): text is Rank {
  return text in mayImport;
}

function sourcesOf(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /\.[mc]?ts$/u.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

function readJson(file: string): Readonly<Record<string, unknown>> {
  return recordOf(JSON.parse(readFileSync(file, 'utf8')));
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
