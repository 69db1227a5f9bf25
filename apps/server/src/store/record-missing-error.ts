/** A change to a row that is not there. Names the kind of record, never its content. */
export class RecordMissingError extends Error {
  readonly code = "record_missing";

  constructor(kind: string) {
    super(`There is no such ${kind}.`);
    this.name = "RecordMissingError";
  }
}
