/**
 * The key of async iterators. Hermes 0.12 has no such symbol; what Babel lowers for it looks for this name, and leaves its own generators
 * under it.
 */
export const asyncIterator: typeof Symbol.asyncIterator =
  (Symbol as Partial<typeof Symbol>).asyncIterator ?? ("@@asyncIterator" as unknown as typeof Symbol.asyncIterator);
