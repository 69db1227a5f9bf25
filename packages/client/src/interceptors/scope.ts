/** What a platform may bring. Each member is looked at when something is protected, so that a test or a frame can hand in its own. */
export type Scope = Partial<
  Pick<
    typeof globalThis,
    | "Blob"
    | "CloseEvent"
    | "DOMException"
    | "DOMParser"
    | "Event"
    | "EventSource"
    | "EventTarget"
    | "File"
    | "FileReader"
    | "FormData"
    | "Headers"
    | "MessageEvent"
    | "ProgressEvent"
    | "ReadableStream"
    | "Request"
    | "Response"
    | "TextDecoder"
    | "URL"
    | "URLSearchParams"
    | "WebSocket"
    | "XMLHttpRequest"
    | "XMLSerializer"
    | "document"
    | "fetch"
    | "location"
    | "navigator"
  >
>;

export interface ProtectOptions {
  /** URLs that are none of the agent's. Never applied where a placeholder stands, or a place is filled always. */
  readonly exclude?: readonly RegExp[];
  /**
   * What becomes of a request while nobody has said which hosts are protected, on a fresh installation: it waits for the service (and fails
   * where that is away), or passes. One with a placeholder waits. Default `wait`.
   */
  readonly whileUnknown?: "wait" | "pass";
}

/** What undoes a protection. */
export interface Protection {
  /**
   * Puts the platform's own back. Where something else was put in front since, that stays, and what is behind it passes everything from now
   * on: false then.
   */
  restore(): boolean;
}
