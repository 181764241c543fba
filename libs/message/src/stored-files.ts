import type { Content } from './content.ts';
import type { MediaId } from './ids.ts';
import type { TemplateComponent } from './template.ts';

/** A place in content where a file stands. */
export interface FileNode {
  readonly type: 'image' | 'video' | 'audio' | 'document' | 'sticker';
  readonly url?: string | undefined;
  readonly media?: { readonly id: MediaId } | undefined;
  readonly object?: { readonly bucket: string; readonly key: string } | undefined;
  readonly providerMediaId?: string | undefined;
  readonly filename?: string | undefined;
}

/** How a provider is told of a file. */
interface Named {
  readonly url?: string;
  readonly providerMediaId?: string;
  /** For a document without a name. */
  readonly filename?: string;
}

/** A file that the provider cannot know by its name: it must be uploaded, or given an address, before it goes out. */
export interface StoredFile {
  readonly kind: FileNode['type'];
  readonly source:
    | { readonly kind: 'media'; readonly id: MediaId }
    | { readonly kind: 'object'; readonly bucket: string; readonly key: string };
  readonly filename: string | undefined;
  /** JSON Pointer from the content. */
  readonly pointer: string;
}

/** The files in content that lie in our store or in a bucket, in the order they stand. */
export function storedFiles(content: Content): readonly StoredFile[] {
  const found: StoredFile[] = [];
  mapFiles(content, (file) => {
    found.push(file);
    return null;
  });
  return found;
}

/** Content with each stored file named as the provider knows it; null leaves one as it is. */
export function mapFiles(content: Content, toNamed: (file: StoredFile) => Named | null): Content {
  switch (content.type) {
    case 'image':
    case 'video':
    case 'audio':
    case 'document':
    case 'sticker':
      return replaced(content, '', toNamed);
    case 'interactive':
      if (!('header' in content) || content.header === undefined || content.header.type === 'text') return content;
      return { ...content, header: replaced(content.header, '/header', toNamed) };
    case 'template':
      if (content.components === undefined) return content;
      return {
        ...content,
        components: content.components.map((each, at) => mapComponent(each, `/components/${at}`, toNamed)),
      };
    default:
      return content;
  }
}

function mapComponent(
  component: TemplateComponent,
  pointer: string,
  toNamed: (file: StoredFile) => Named | null,
): TemplateComponent {
  if (component.type === 'header') return mapHeader(component, pointer, toNamed);
  if (component.type !== 'carousel') return component;
  const cards = component.cards.map((card, at) => ({
    components: card.components.map((each, index) =>
      each.type === 'header' ? mapHeader(each, `${pointer}/cards/${at}/components/${index}`, toNamed) : each,
    ),
  }));
  return { ...component, cards };
}

function mapHeader<Header extends Extract<TemplateComponent, { type: 'header' }>>(
  header: Header,
  pointer: string,
  toNamed: (file: StoredFile) => Named | null,
): Header {
  const parameters = header.parameters.map((each, at) =>
    each.type === 'image' || each.type === 'video' || each.type === 'document'
      ? replaced(each, `${pointer}/parameters/${at}`, toNamed)
      : each,
  );
  return { ...header, parameters };
}

function replaced<Node extends FileNode>(
  node: Node,
  pointer: string,
  toNamed: (file: StoredFile) => Named | null,
): Node {
  const source =
    node.media !== undefined
      ? ({ kind: 'media', id: node.media.id } as const)
      : node.object !== undefined
        ? ({ kind: 'object', ...node.object } as const)
        : null;
  if (source === null) return node;
  const named = toNamed({ kind: node.type, source, filename: node.filename, pointer });
  return named === null ? node : { ...node, media: undefined, object: undefined, ...named };
}
