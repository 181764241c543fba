/**
 * Completes package-lock.json after `npm install`.
 *
 * A registry mirror may lack the platform packages of other systems (…-darwin-arm64, …-win32-x64-msvc). npm then leaves
 * them out of the lock, and `npm ci` refuses that lock as incomplete. This writes the entry that npm would have written,
 * without an integrity hash: on a system that needs it npm fetches it, elsewhere it is skipped by os and cpu.
 *
 *   node tools/complete-lock.ts           completes the lock
 *   node tools/complete-lock.ts --check   exits 1 if something is missing or a registry's address is in the lock
 */
import { readFileSync, writeFileSync } from 'node:fs';

interface LockEntry {
  version?: string;
  resolved?: string;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

interface Lock {
  packages: Record<string, LockEntry>;
}

const lockUrl = new URL('../package-lock.json', import.meta.url);
const systems = ['darwin', 'linux', 'win32', 'freebsd', 'android', 'openharmony', 'sunos', 'aix', 'netbsd', 'openbsd'];
const processors = [
  'arm64',
  'x64',
  'arm',
  'ia32',
  'ppc64',
  'riscv64',
  's390x',
  'loong64',
  'wasm32',
  'x86_64',
  'aarch64',
];

/** What a platform package's own package.json says of itself, read off its name. */
function platformOf(name: string): Pick<LockEntry, 'os' | 'cpu' | 'libc'> {
  const words = name.split(/[/-]/u);
  const os = systems.filter(
    (system) => words.includes(system) || words.includes(system === 'win32' ? 'windows' : system),
  );
  const cpu = processors.filter((processor) => words.includes(processor));
  const musl = words.some((word) => word.startsWith('musl'));
  const gnu = words.some((word) => word.startsWith('gnu'));
  return {
    ...(os.length > 0 && { os }),
    ...(cpu.length > 0 && { cpu }),
    ...(os.includes('linux') && (musl || gnu) && { libc: [musl ? 'musl' : 'glibc'] }),
  };
}

/** Whether a package required at `from` is in the lock, in the folders that Node would look into. */
function isLocked(lock: Lock, from: string, name: string): boolean {
  const folders = from.split('/node_modules/');
  for (let depth = folders.length; depth > 0; depth -= 1) {
    if (lock.packages[`${folders.slice(0, depth).join('/node_modules/')}/node_modules/${name}`] !== undefined)
      return true;
  }
  return lock.packages[`node_modules/${name}`] !== undefined;
}

const lock: Lock = JSON.parse(readFileSync(lockUrl, 'utf8'));
const missing: string[] = [];
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (isLocked(lock, path, name) || !/^\d/u.test(version)) continue;
    missing.push(`${name}@${version}`);
    lock.packages[`node_modules/${name}`] = { version, optional: true, ...platformOf(name) };
  }
}
const addresses = Object.values(lock.packages).filter((entry) => /^https?:/u.test(entry.resolved ?? ''));

if (process.argv.includes('--check')) {
  for (const name of missing) console.error(`lock: ${name} is missing; run "npm run lock"`);
  for (const entry of addresses)
    console.error(`lock: names a registry's address: ${String(entry.resolved)}; run "npm run lock"`);
  process.exitCode = missing.length + addresses.length > 0 ? 1 : 0;
} else {
  for (const entry of addresses) delete entry.resolved;
  lock.packages = Object.fromEntries(Object.entries(lock.packages).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(lockUrl, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`lock: ${missing.length} entries added`);
}
