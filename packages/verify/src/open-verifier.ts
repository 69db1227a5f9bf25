import { checkAlone, checkRequest } from "./check-request.ts";
import type { CryptoPort } from "./crypto/port.ts";
import { createDecoySpotter, type DecoySpotter } from "./decoys/decoy-spotter.ts";
import { refuse } from "./refuse.ts";
import { type RequestView, toRequestView, valuesOf } from "./request-view.ts";
import { createReporter, type Reporter } from "./service/reporter.ts";
import { toSettings } from "./settings.ts";
import type { Verification } from "./verification.ts";
import type { Verifier } from "./verifier.ts";
import type { VerifierOptions } from "./verifier-options.ts";

const method = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/;

/** A request without a token that shows the operator's mark is an app without agent, not a stranger. */
function isMarked({ appMarker: marker }: VerifierOptions, view: RequestView): boolean {
  if (marker === undefined) return false;
  const values = valuesOf(view, marker.header.toLowerCase());
  return values.length > 0 && values.join(", ").search(marker.pattern) >= 0;
}

function openSpotter(
  crypto: CryptoPort,
  { spotDecoys, service }: VerifierOptions,
  reporter: Reporter | null,
  nowMs: () => number,
): DecoySpotter | null {
  if (spotDecoys !== true) return null;
  if (service?.decoys === undefined || reporter === null)
    throw new TypeError("spotDecoys needs a service that says what to look for");
  const list = service.decoys.bind(service);
  return createDecoySpotter({ crypto, list, nowMs, onSpotted: reporter.spotted });
}

/** A verifier over one crypto port. Throws a TypeError for options that cannot be meant. */
export function openVerifier(crypto: CryptoPort, options: VerifierOptions): Verifier {
  const settings = toSettings(crypto, options);
  const { service, onVerification } = options;
  const reporter = service === undefined ? null : createReporter({ service, nowMs: settings.nowMs });
  const spotter = openSpotter(crypto, options, reporter, settings.nowMs);

  async function judge(view: RequestView): Promise<Verification> {
    try {
      if (!method.test(view.method) || typeof view.url !== "string") return refuse("request_malformed");
      const verdict = await checkRequest(settings, service, view);
      if (verdict.ok || verdict.reason !== "token_missing" || !isMarked(options, view)) return verdict;
      return { ...verdict, bucket: "outdated" };
    } catch {
      return refuse("request_malformed");
    }
  }

  function tell(verification: Verification, view: RequestView): void {
    reporter?.record(verification);
    // What an operator's hook throws is no verdict, and what an asynchronous one rejects with must not end the process.
    if (onVerification === undefined) return;
    const hear = async (): Promise<unknown> => onVerification(verification, view);
    hear().catch(() => {});
  }

  async function verify(view: RequestView): Promise<Verification> {
    const verification = await judge(view);
    spotter?.look(view);
    tell(verification, view);
    return verification;
  }

  return {
    verify,
    async verifyRequest(request) {
      let view: RequestView;
      try {
        view = toRequestView(request);
      } catch {
        view = { method: "", url: "", headers: [] };
      }
      return verify(view);
    },
    async verifyToken(token) {
      try {
        return typeof token === "string" ? await checkAlone(settings, service, token) : refuse("token_malformed");
      } catch {
        return refuse("token_malformed");
      }
    },
    async close() {
      await spotter?.settled();
      await reporter?.close();
    },
  };
}
