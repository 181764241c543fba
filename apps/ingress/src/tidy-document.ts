interface Document {
  readonly components?: { readonly schemas?: Readonly<Record<string, unknown>> | undefined } | undefined;
}

/**
 * Makes a generated API description smaller and whole. "Any JSON value" is a schema that contains itself; generated, it points
 * to definitions that did not come along, so it becomes the schema that says the same: `{}`. Schemas that nothing points to go.
 */
export function tidyDocument(document: object): Record<string, unknown> {
  const opened: Document = JSON.parse(JSON.stringify(document, withoutJsonRefs));
  const text = JSON.stringify(opened);
  const schemas = Object.entries(opened.components?.schemas ?? {}).filter(([name]) =>
    text.includes(`"#/components/schemas/${name}"`),
  );
  return { ...opened, components: { ...opened.components, schemas: Object.fromEntries(schemas) } };
}

/** Names like schema0 are given by zod to what contains itself; only `z.json()` does. */
function withoutJsonRefs(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('$ref' in value)) return value;
  return /(?:^|\/)(?:__)?schema\d+$/u.test(String(value.$ref)) ? {} : value;
}
