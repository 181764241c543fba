/** A blob is: version (1 byte), length of the key id (1 byte), key id, nonce, tag, ciphertext. */
export const version = 1;
/** As `parseKeys` takes them. */
export const keyIdBytesMax = 16;
export const nonceBytes = 12;
export const tagBytes = 16;
