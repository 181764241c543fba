/**
 * What each provider can do, as a Markdown table, from the providers themselves:
 *
 *   node tools/capabilities.ts            prints it
 *   node tools/capabilities.ts --write    puts it into README.md, between its markers
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { ContentType } from '@posthorn/message';
import type { Provider } from '@posthorn/provider';
import { providers } from '@posthorn/providers';

/** In the order of the API's description. A record, so that none can be forgotten. */
const contentTypes = {
  text: true,
  template: true,
  image: true,
  video: true,
  audio: true,
  document: true,
  sticker: true,
  location: true,
  contacts: true,
  reaction: true,
  interactive: true,
} satisfies Record<ContentType, true>;

const statuses = ['sent', 'delivered', 'read', 'played', 'failed'] as const;
const markers = /<!-- capabilities -->\n[^]*?<!-- \/capabilities -->/u;
const readme = new URL('../README.md', import.meta.url);

const rows = [
  row('content', titleOf),
  row('---', () => '---'),
  ...Object.keys(contentTypes).map((type) =>
    row(`\`${type}\``, ({ capabilities }) => tick([...capabilities.content].some((one) => one === type))),
  ),
  row('`replyTo`', ({ capabilities }) => tick(capabilities.replyTo)),
  row('knows a repeated call by our id', ({ capabilities }) => tick(capabilities.idempotent)),
  row('read receipts', ({ capabilities }) => tick(capabilities.receipts?.has('read') ?? false)),
  row('typing', ({ capabilities }) => tick(capabilities.receipts?.has('typing') ?? false)),
  row('numbers connected by the code of a sign-up', ({ onboarding }) => tick(onboarding !== undefined)),
  row('tells', ({ capabilities }) => statuses.filter((status) => capabilities.statuses.has(status)).join(', ')),
].join('\n');

console.log(rows);
if (process.argv.includes('--write')) {
  const text = readFileSync(readme, 'utf8');
  if (!markers.test(text)) throw new Error('README.md has no <!-- capabilities --> … <!-- /capabilities -->; add them');
  writeFileSync(
    readme,
    text.replace(markers, () => `<!-- capabilities -->\n${rows}\n<!-- /capabilities -->`),
  );
}

function row(name: string, cellOf: (provider: Provider) => string): string {
  return `| ${[name, ...providers.map(cellOf)].join(' | ')} |`;
}

function tick(can: boolean): string {
  return can ? '✓' : '';
}

/** Its name, with its page where it has one. */
function titleOf({ id, title }: Provider): string {
  const page = `docs/providers/${id}.md`;
  return existsSync(new URL(`../${page}`, import.meta.url)) ? `[${title}](${page})` : title;
}
