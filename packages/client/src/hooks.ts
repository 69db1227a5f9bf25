import type { AgentError, AgentErrorCode } from "./errors.ts";

/** A request as the app made it: placeholders are not filled, so every member may be shown. */
export interface HookView {
  readonly url: string;
  readonly method: string;
  /** The protected API it goes to; null where its host is not protected, or no manifest says so yet. */
  readonly api: string | null;
}

/** How a request ended. */
export interface HookResult extends HookView {
  /** Of the last hop; null where there was no answer. */
  readonly status: number | null;
  readonly redirected: boolean;
  /** It went out as the app made it. */
  readonly bypassed: boolean;
  /** What the call was rejected with; null where it was not, or where the caller made a mistake. */
  readonly error: AgentErrorCode | null;
}

/** What an app may decide of its requests. A hook that throws decides for protection. */
export interface AgentHooks {
  /**
   * `bypass` sends the request over the device's own trust, with nothing added: only where no placeholder stands in it, no place of it is
   * filled always, and its API takes neither token nor proof. Else it is protected all the same.
   */
  readonly beforeRequest?: (view: HookView) => "protect" | "bypass";
  /**
   * Asked where the service is away and the API's `whenUnavailable` is `proceed`: `fail` makes the call fail with this error. Where the
   * manifest says `fail`, nobody is asked.
   */
  readonly onUnavailable?: (view: HookView, error: AgentError) => "fail" | "proceed";
  readonly afterRequest?: (result: HookResult) => void;
}

/** What a hook says, or what counts where there is none, or where it throws. */
export function decide<T>(hook: (() => T) | undefined, absent: T, thrown: T): T {
  if (hook === undefined) return absent;
  try {
    return hook();
  } catch {
    return thrown;
  }
}
