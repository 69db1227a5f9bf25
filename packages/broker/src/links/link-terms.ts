/** Part of a host that links may lead to. */
export interface LinkedPath {
  readonly api: string;
  /** What a link's path is, or goes on from at a segment boundary. */
  readonly path: string;
}

/** Which links in the answers of an API are led through the broker, and for how long. */
export interface LinkTerms {
  readonly to: readonly LinkedPath[];
  /** The longest that a link is good for; it is good for half as long at least. */
  readonly seconds: number;
}
