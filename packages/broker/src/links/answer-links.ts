import type { DecoyCall, GenuineCall } from "../admit-call.ts";
import type { BrokerLimits, BrokerPorts } from "../ports.ts";
import { createLinkFinder, toLinkedAddresses } from "./link-target.ts";
import { endOfLinks, makeLinks } from "./make-links.ts";
import { rewriteJson } from "./rewrite-json.ts";

/** Leads the links of one answer through the broker. */
export interface AnswerLinks {
  /** The longest body that is looked through. */
  readonly limit: number;
  /** The body with its links rewritten; null where it stays as it is. */
  rewrite(body: Buffer): Promise<Buffer | null>;
}

/** JSON in UTF-8, the one text whose links are found. */
export function isJsonText(contentType: string | undefined): boolean {
  const [type = "", ...parameters] = (contentType ?? "").toLowerCase().split(";");
  const charsets = parameters.map((one) => one.trim()).filter((one) => one.startsWith("charset="));
  return (
    /^application\/(?:[a-z0-9.-]+\+)?json$/.test(type.trim()) &&
    charsets.every((one) => /^charset="?utf-8"?$/.test(one))
  );
}

/** What an answer's headers are once its links are rewritten: what named the bytes that it no longer has is dropped. */
export function headersOfRewritten(
  headers: readonly (readonly [string, string])[],
  length: number,
): [string, string][] {
  const kept = headers.filter(([name]) => name !== "content-length" && name !== "etag" && name !== "last-modified");
  return [...kept.map(([name, value]): [string, string] => [name, value]), ["content-length", String(length)]];
}

/** Null where no links of this API's answers are led through the broker. */
export async function linksOfCall(
  ports: Pick<BrokerPorts, "linkTerms" | "sealLinks" | "nowMs">,
  project: string,
  call: GenuineCall | DecoyCall,
  limits: Pick<BrokerLimits, "linkedAnswerBytes" | "linksPerAnswer">,
): Promise<AnswerLinks | null> {
  const { origin, plan } = call;
  const terms = (await ports.linkTerms(project)).get(call.api.api);
  const linked = toLinkedAddresses(terms?.to ?? [], plan.manifest.apis);
  if (terms === undefined || linked.length === 0) return null;
  return {
    limit: limits.linkedAnswerBytes,
    rewrite: (body) => {
      const { instance, subject } = call.pass;
      const exp = endOfLinks(ports.nowMs(), terms.seconds);
      const bearer = { instance, subject, exp, decoy: call.kind === "decoy" };
      return rewriteJson(body, {
        find: createLinkFinder(linked),
        hrefsOf: (links) => makeLinks(ports, { origin, project, bearer }, links),
        maxLinks: limits.linksPerAnswer,
      });
    },
  };
}
