/** A repeatable picture-sized body of 20 kB. */
export const BODY = Buffer.from(Uint8Array.from({ length: 20_000 }, (_, index) => (index * 31) % 251));
