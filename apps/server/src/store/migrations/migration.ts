/** One step of the record's form. Written once; a released step never changes. */
export interface Migration {
  /** 1, 2, 3, … */
  readonly version: number;
  readonly name: string;
  /**
   * The statements, in SQL that every adapter's database reads. `text` is its type for text compared byte by byte: PostgreSQL would
   * otherwise sort by the server's locale, and lists would differ from one database to the other.
   */
  statements(text: string): readonly string[];
}
