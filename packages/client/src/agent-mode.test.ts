import { describe, expect, it } from "vitest";
import { insideOf } from "./agent-inside.ts";
import type { ChannelRequest } from "./ports.ts";
import { noNeeds } from "./statement/asks.ts";
import { createFakeTime } from "./testing/fake-time.ts";
import { apodKey, createTestBed, type TestBed } from "./testing/test-agent.ts";

type Mode = "delivered" | "brokered" | "by-verdict";

const first = "nasa-VALUE-0123456789";
const url = (bed: TestBed): string => `https://api.nasa.gov/planetary/apod?api_key=${bed.project.placeholder("nasa")}`;

/** A watching agent; the broker serves what the present session's pass says is brokered, as the service does. */
function switchedBed(mode: Mode, runsInSleep = true): TestBed {
  const bed = createTestBed({ time: createFakeTime({ runsInSleep }) });
  bed.service.watchSpreadSeconds = 0;
  bed.upstream = () => ({ status: 200, body: "picture" });
  bed.service.upstream = () => {
    const [secret] = bed.project.secrets;
    if (secret?.mode === "delivered") {
      const headers: [string, string][] = [["content-type", "application/problem+json"]];
      return { status: 403, headers, body: JSON.stringify({ code: "place_refused" }) };
    }
    return { status: 200, headers: [], body: "picture" };
  };
  for (const secret of bed.project.secrets) secret.mode = mode;
  return bed;
}

/** The operator's word, and its event, which a watching agent follows when its time comes. */
function setMode(bed: TestBed, mode: Mode, value?: string): void {
  for (const secret of bed.project.secrets) {
    secret.mode = mode;
    secret.value = value ?? secret.value;
    secret.version += 1;
  }
  bed.service.generation += 1;
  bed.service.announce(bed.service.generation);
}

const fetched = async (bed: TestBed): Promise<string> => (await bed.agent.fetch(url(bed))).text();
const modeOf = (bed: TestBed) => bed.agent.state().session?.secrets.map(({ mode }) => mode);
/** Calls that went to the API with this value, and calls that went to the broker. */
const ways = (bed: TestBed, value: string) => [
  bed.sent.filter(({ target }) => target.endsWith(`=${value}`)).length,
  bed.service.relayed.length,
];

describe("a secret whose mode is changed under a running app", () => {
  it("goes from delivered to brokered to delivered within a second each, by an app that only calls", async () => {
    const bed = switchedBed("delivered");
    expect([await fetched(bed), ...ways(bed, first)]).toEqual(["picture", 1, 0]);
    setMode(bed, "brokered", "second-VALUE");
    await bed.time.advance(1000);
    expect([modeOf(bed), await fetched(bed), ...ways(bed, first)]).toEqual([["brokered"], "picture", 1, 1]);
    setMode(bed, "delivered", "third-VALUE");
    await bed.time.advance(6000);
    expect([modeOf(bed), await fetched(bed), ...ways(bed, "third-VALUE")]).toEqual([["delivered"], "picture", 1, 1]);
    expect(JSON.stringify(bed.service.relayed)).not.toContain("VALUE");
  });

  it("by-verdict is delivered while trusted and brokered while restricted, and no value stays behind", async () => {
    const bed = switchedBed("by-verdict");
    for (const [verdict, counts] of [
      ["trusted", [1, 0]],
      ["restricted", [1, 1]],
      ["trusted", [2, 1]],
    ] as const) {
      bed.service.decide = () => ({ kind: "session", verdict });
      await bed.agent.refresh();
      expect([await fetched(bed), ...ways(bed, first)]).toEqual(["picture", ...counts]);
    }
  });

  it("is no value any more in the session that was replaced, though somebody kept it", async () => {
    const bed = switchedBed("delivered");
    const old = await insideOf(bed.agent).demand({ ...noNeeds, secrets: ["nasa"] });
    expect(old.revealSecret("nasa")).toBe(first);
    setMode(bed, "brokered", "second-VALUE");
    await bed.time.advance(1000);
    expect([modeOf(bed), old.isOpen(), old.revealSecret("nasa"), old.revealPass()]).toEqual([
      ["brokered"],
      false,
      null,
      null,
    ]);
  });

  it("ends no call that is under way as a delivered one", async () => {
    const bed = switchedBed("delivered");
    const { channel } = bed.ports;
    let answer: () => void = () => {};
    const began = new Promise<ChannelRequest>((begun) => {
      const { send } = channel;
      channel.send = async (request) => {
        begun(request);
        await new Promise<void>((resolve) => {
          answer = resolve;
        });
        channel.send = send;
        return send(request);
      };
    });
    const call = fetched(bed);
    const request = await began;
    setMode(bed, "brokered", "second-VALUE");
    await bed.time.advance(1000);
    expect([modeOf(bed), request.abort.aborted]).toEqual([["brokered"], false]);
    answer();
    expect(await call).toBe("picture");
  });

  it("is delivered to a call that the broker would not serve any more: it refreshes once and goes on", async () => {
    const bed = switchedBed("brokered");
    await fetched(bed);
    const statements = bed.service.statements().length;
    for (const secret of bed.project.secrets) secret.mode = "delivered";
    expect([await fetched(bed), ...ways(bed, first)]).toEqual(["picture", 1, 2]);
    expect(bed.service.statements()).toHaveLength(statements + 1);
  });

  it("is judged when a streamed body is whole, by the session there is then", async () => {
    const bed = switchedBed("brokered");
    for (const secret of bed.project.secrets) Object.assign(secret, { places: [{ ...apodKey, methods: ["POST"] }] });
    Object.assign(bed.ports.channel, { streams: true });
    let go: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const pieces = (async function* () {
      yield Buffer.from("one ");
      await gate;
      yield Buffer.from("two");
    })();
    const call = bed.agent.fetch(url(bed), { method: "POST", body: pieces });
    await bed.time.advance(10);
    setMode(bed, "by-verdict", "second-VALUE");
    await bed.time.advance(1000);
    expect(modeOf(bed)).toEqual(["delivered"]);
    go();
    expect(await (await call).text()).toBe("picture");
    expect([bed.service.relayed.length, bed.sent[0]?.target.endsWith("=second-VALUE")]).toEqual([0, true]);
    expect(Buffer.from(bed.sent[0]?.body ?? []).toString()).toBe("one two");
  });

  it("is asked for again where the session ends between being found and being used", async () => {
    const bed = switchedBed("delivered", false);
    await fetched(bed);
    let turns = 0;
    // The agent takes its call back when the body is held, and when the hop is prepared: a clock that is set back right then ends the session.
    const onAbort = () => () => {
      turns += 1;
      if (turns === 2) bed.time.leapWall(-3_600_000);
    };
    const response = await bed.agent.fetch(url(bed), { abort: { aborted: false, onAbort } });
    expect([await response.text(), turns > 2, ...ways(bed, first)]).toEqual(["picture", true, 2, 0]);
  });

  it("is nothing once the session is wiped: what was being prepared is not sent", async () => {
    const bed = switchedBed("delivered");
    await fetched(bed);
    const call = fetched(bed);
    bed.agent.background();
    await expect(call).rejects.toMatchObject({ code: expect.stringMatching(/^(in_background|secret_unavailable)$/) });
    expect(bed.sent).toHaveLength(1);
  });
});
