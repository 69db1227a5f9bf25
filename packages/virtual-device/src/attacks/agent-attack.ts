import type { ServiceRequest, ServiceResponse } from "@countersign/client";
import { utf8 } from "../encoding/bytes.ts";
import type { AttackOutcome } from "./attack.ts";
import type { AttackedAgent, Middleman } from "./lab.ts";

/** A middleman whose way of dealing with requests can be changed, and who keeps every byte. */
export interface Interceptor {
  readonly middleman: Middleman;
  readonly seen: readonly Uint8Array[];
  /** Requests since the way was last set. */
  readonly requests: readonly ServiceRequest[];
  /** Null: let everything pass. */
  setWay(way: Middleman | null): void;
}

export function createInterceptor(): Interceptor {
  const seen: Uint8Array[] = [];
  const requests: ServiceRequest[] = [];
  let way: Middleman | null = null;
  return {
    seen,
    requests,
    setWay: (next) => {
      way = next;
      requests.length = 0;
    },
    middleman: async (request, forward) => {
      requests.push(request);
      seen.push(utf8(request.path), utf8(request.body ?? ""));
      const recorded = async (asked: ServiceRequest): Promise<ServiceResponse> => {
        const response = await forward(asked);
        seen.push(response.body);
        return response;
      };
      return way === null ? recorded(request) : way(request, recorded);
    },
  };
}

/** The code the agent's refresh is rejected with, or null where it is not rejected. */
export async function refreshCode(agent: AttackedAgent): Promise<string | null> {
  try {
    await agent.refresh("attack");
    return null;
  } catch (error) {
    if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
    throw error;
  }
}

/** An attack on the agent that ended in its typed error; null says that the agent noticed nothing. */
export function agentOutcome(code: string | null, interceptor: Interceptor): AttackOutcome {
  return {
    verdict: code === null ? "trusted" : null,
    arc: null,
    code,
    secretDelivered: code === null,
    upstreamStatus: null,
    seen: interceptor.seen,
  };
}

/** The answer with some members replaced; an answer that is no JSON object is passed on. */
export function replaceMembers(response: ServiceResponse, members: Readonly<Record<string, unknown>>): ServiceResponse {
  const parsed: unknown = JSON.parse(Buffer.from(response.body).toString());
  if (typeof parsed !== "object" || parsed === null) return response;
  const headers = response.headers.filter(([name]) => name !== "content-length");
  return { ...response, headers, body: utf8(JSON.stringify({ ...parsed, ...members })) };
}
