interface Source {
  readonly url?: string | undefined;
  readonly providerMediaId?: string | undefined;
}

/** A file in Meta's terms: uploaded before (`id`), or fetched by Meta (`link`). */
export function toMedia({ url, providerMediaId }: Source) {
  return { id: providerMediaId, link: url };
}

/** A file that may carry a name. */
export function toDocument(document: Source & { readonly filename?: string | undefined }) {
  return { ...toMedia(document), filename: document.filename };
}
