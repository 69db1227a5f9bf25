/** What the service said is too old to be acted on, or was taken away: answered `unavailable`. */
export class LinkLostError extends Error {
  readonly code = "link_lost";

  constructor() {
    super("The service has not said for too long what holds.");
    this.name = "LinkLostError";
  }
}
