import { fromUtf8, type Place, toUtf8 } from "@countersign/protocol";
import { apiOf, apodKey, createTestBed, type TestBed, type TestBedOptions } from "../test-agent.ts";
import { noteTraffic } from "./transcript.ts";

export const secretValue = "nasa-VALUE-0123456789";
export const apod = "https://api.nasa.gov/planetary/apod";
export const token = { header: "authorization", prefix: "Bearer ", bind: [] };
export { apiOf, apodKey };

/** A test bed whose conversation with the service, both ways, goes into the case's transcript. */
export function createBed(options: TestBedOptions = {}): TestBed {
  const bed = createTestBed(options);
  const send = bed.service.send.bind(bed.service);
  bed.service.send = async (request) => {
    const answer = await send(request);
    noteTraffic(request.path, request.body ?? "", fromUtf8(answer.body) ?? "");
    return answer;
  };
  return bed;
}

export function apodUrl(bed: TestBed): string {
  return `${apod}?api_key=${bed.project.placeholder("nasa")}`;
}

/** Puts the bed's secret into these places instead of the query. */
export function placeSecret(bed: TestBed, ...places: readonly Place[]): void {
  bed.project.secrets = bed.project.secrets.map((secret) => ({ ...secret, places }));
}

export function headerOf(
  request: { readonly headers: readonly (readonly [string, string])[] } | undefined,
  name: string,
): string | null {
  return request?.headers.find(([each]) => each.toLowerCase() === name)?.[1] ?? null;
}

/** Changes members of every signed answer on its way; what is signed stays as it is. */
export function rewriteAnswers(bed: TestBed, change: (answer: Record<string, unknown>) => void): void {
  bed.service.middleman = (call, bytes) => {
    const answer = JSON.parse(fromUtf8(bytes) ?? "{}") as Record<string, unknown>;
    if (call.statement === null || answer.signed === undefined) return bytes;
    change(answer);
    return toUtf8(JSON.stringify(answer));
  };
}
