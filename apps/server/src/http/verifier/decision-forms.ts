import type { HTTPMethods } from "fastify";
import type { AskedForm } from "./asked-forms.ts";

/** The addresses of decisions. `monitor`: every request may pass, and is counted; secrets are given to genuine ones alone. */
export const decisionForms = (["enforce", "monitor"] as const).flatMap((mode) => {
  const start = mode === "enforce" ? "/v1/decisions/:api" : "/v1/monitored-decisions/:api";
  return [
    { mode, form: "Original", url: `${start}/original` },
    { mode, form: "Forwarded", url: `${start}/forwarded` },
    { mode, form: "Path", url: `${start}/path/*` },
  ] as const;
});

/** A proxy that tells of the request in headers asks by GET; one that does not asks by the request's own method. */
export function methodsOf(form: AskedForm): readonly HTTPMethods[] {
  return form === "Path" ? ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] : ["GET"];
}
