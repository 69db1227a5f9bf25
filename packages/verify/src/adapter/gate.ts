import type { RequestView } from "../request-view.ts";
import type { Verification } from "../verification.ts";
import type { Verifier } from "../verifier.ts";
import { type AdapterOptions, type AdapterSettings, toAdapterSettings } from "./adapter-options.ts";
import { type RefusalAnswer, toRefusalAnswer } from "./refusal-answer.ts";

/** The part of a verifier that adapters use. */
export type RequestVerifier = Pick<Verifier, "verify">;

/** Whether a request passes; `verification` is null for a preflight that was not verified. */
export type Passage =
  | { readonly pass: true; readonly verification: Verification | null }
  | { readonly pass: false; readonly verification: Verification; readonly answer: RefusalAnswer };

/** The one decision that every adapter carries out. */
export interface Gate {
  readonly settings: AdapterSettings;
  /**
   * Decides on a request. `subject` is an object that is of this request alone: a verifier mounted twice on its way is asked once, for
   * asking twice would make its own proof or single-use token a replay. Null: asked in any case.
   */
  decide(subject: object | null, view: RequestView): Promise<Passage>;
}

const asked = new WeakMap<RequestVerifier, WeakMap<object, Promise<Verification>>>();

function askOnce(verifier: RequestVerifier, subject: object | null, view: RequestView): Promise<Verification> {
  if (subject === null) return verifier.verify(view);
  const answers = asked.get(verifier) ?? new WeakMap<object, Promise<Verification>>();
  asked.set(verifier, answers);
  const answer = answers.get(subject) ?? verifier.verify(view);
  answers.set(subject, answer);
  return answer;
}

function isPreflight(view: RequestView): boolean {
  return (
    view.method === "OPTIONS" &&
    view.headers.some(([name, value]) => name.toLowerCase() === "access-control-request-method" && value !== "")
  );
}

/** The gate of one adapter. TypeError for options that are not of their documented values. */
export function createGate(verifier: RequestVerifier, options?: AdapterOptions): Gate {
  const settings = toAdapterSettings(options);
  if (typeof verifier?.verify !== "function") throw new TypeError("the first argument must be a verifier");
  return {
    settings,
    async decide(subject, view) {
      if (settings.skipsPreflights && isPreflight(view)) return { pass: true, verification: null };
      const verification = await askOnce(verifier, subject, view);
      if (verification.ok || settings.mode === "monitor") return { pass: true, verification };
      return { pass: false, verification, answer: toRefusalAnswer(verification, settings) };
    },
  };
}
