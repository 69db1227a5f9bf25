import { afterEach, expect, it, vi } from "vitest";
import { capacitorHalf } from "./capacitor-half.ts";

const identity = { platform: "android", version: "1", build: "1", bundle: null };

afterEach(() => vi.unstubAllGlobals());

it("opens one channel to a page, whoever asks: two that count alike would take each other's answers", async () => {
  const posted: string[] = [];
  const listeners: ((event: { readonly data: unknown }) => void)[] = [];
  const answer = (text: string) => {
    for (const listener of listeners) listener({ data: text });
  };
  vi.stubGlobal("countersignBridge", {
    postMessage: (text: string) => {
      posted.push(text);
      const [id, name] = text.split(" ");
      if (name === "identity") queueMicrotask(() => answer(`${id} ${JSON.stringify({ value: identity })}`));
    },
    addEventListener: (_: string, listener: (event: { readonly data: unknown }) => void) => listeners.push(listener),
  });
  const [agent, check] = await Promise.all([capacitorHalf(), capacitorHalf()]);
  const reads = Promise.all([agent.bridge.read({ name: "a" }), check.bridge.read({ name: "b" })]);
  await expect.poll(() => posted.length).toBe(3);
  for (const text of posted.slice(1)) {
    const [id, , of] = text.split(" ");
    answer(`${id} ${JSON.stringify({ value: { value: of } })}`);
  }
  expect(await reads).toEqual([{ value: '{"name":"a"}' }, { value: '{"name":"b"}' }]);
  expect(posted.filter((text) => text.includes("identity"))).toHaveLength(1);
});
