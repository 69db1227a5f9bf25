import { describe, expect, it } from "vitest";
import { createTestBed } from "./testing/test-agent.ts";

describe.each(["ios", "android", "web"] as const)("first use on %s", (platform) => {
  it("enrols, opens one session and fetches with the value that the app does not hold", async () => {
    const bed = createTestBed({ platform });
    const url = `https://api.nasa.gov/planetary/apod?api_key=${bed.project.placeholder("nasa")}`;
    const response = await bed.agent.fetch(url);
    expect(await response.text()).toBe("picture");
    expect(response.url).toBe(url);
    expect(bed.sent.map((request) => request.target)).toEqual(["/planetary/apod?api_key=nasa-VALUE-0123456789"]);
    expect(bed.service.paths()).toEqual(["/v1/challenges", "/v1/instances"]);
    expect(bed.agent.state()).toMatchObject({ phase: "session", verdict: "trusted", enrolled: true });
  });
});

describe("sharing", () => {
  it("makes one enrolment and one session of 100 parallel first calls", async () => {
    const bed = createTestBed();
    const url = `https://api.nasa.gov/planetary/apod?api_key=${bed.project.placeholder("nasa")}`;
    const responses = await Promise.all(Array.from({ length: 100 }, () => bed.agent.fetch(url)));
    expect(responses.every((response) => response.status === 200)).toBe(true);
    expect(bed.service.paths()).toEqual(["/v1/challenges", "/v1/instances"]);
    expect(bed.keys.made()).toBe(1);
    expect(bed.sent).toHaveLength(100);
  });
});
