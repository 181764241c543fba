// `npm run build`: JavaScript, types and a package.json of their own in dist/, which is what `npm publish ./dist` publishes. Node strips no
// types below node_modules, so the sources cannot be.
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

const here = (path) => new URL(path, import.meta.url);
rmSync(here('dist'), { recursive: true, force: true });
execFileSync('tsc', ['-p', 'tsconfig.build.json'], { cwd: here('.'), stdio: 'inherit' });

const { name, version, description, license, type } = JSON.parse(readFileSync(here('package.json'), 'utf8'));
const published = {
  ...{ name, version, description, license, type, private: false, engines: { node: '>=20.3' } },
  exports: { '.': { types: './index.d.ts', default: './index.js' } },
  files: ['*.js', '*.d.ts'],
};
writeFileSync(here('dist/package.json'), `${JSON.stringify(published, null, 2)}\n`);
cpSync(here('README.md'), here('dist/README.md'));
cpSync(here('../../LICENSE'), here('dist/LICENSE'));
