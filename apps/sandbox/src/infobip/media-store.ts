/** A file that a person sent. */
export type StoredMedia = { readonly sender: string; readonly contentType: string; readonly bytes: Buffer };

export type MediaStore = {
  readonly add: (file: StoredMedia) => string;
  readonly get: (sender: string, id: string) => StoredMedia | null;
  readonly remove: (sender: string, id: string) => boolean;
  readonly clear: () => void;
};

/** Files of people, until the sandbox forgets everything. */
export function createMediaStore(newId: () => string): MediaStore {
  const files = new Map<string, StoredMedia>();
  const get = (sender: string, id: string) => {
    const file = files.get(id);
    return file?.sender === sender ? file : null;
  };
  return {
    add(file) {
      const id = newId();
      files.set(id, file);
      return id;
    },
    get,
    remove: (sender, id) => get(sender, id) !== null && files.delete(id),
    clear: () => files.clear(),
  };
}
