import { expect, it } from "vitest";
import { type Channel, findChannel } from "./find-channel.ts";

/** What Android's WebView puts into a page: what was posted, and a way to answer. */
function androidPage() {
  const posted: string[] = [];
  const listeners: ((event: { readonly data: unknown }) => void)[] = [];
  const countersignBridge = {
    postMessage: (text: string) => posted.push(text),
    addEventListener: (_: "message", listener: (event: { readonly data: unknown }) => void) => listeners.push(listener),
  };
  const answer = (data: unknown) => {
    for (const listener of listeners) listener({ data });
  };
  return { scope: { countersignBridge }, posted, answer };
}

const iosPage = (answer: (text: string) => Promise<unknown>) => ({
  webkit: { messageHandlers: { countersignBridge: { postMessage: answer } } },
});

function found(scope: unknown): Channel {
  const channel = findChannel(scope);
  if (channel === null) throw new Error("no channel");
  return channel;
}

it("gives each call its own answer, in whatever order they come", async () => {
  const { scope, posted, answer } = androidPage();
  const channel = found(scope);
  const both = Promise.all([channel("read", '{"name":"a b"}'), channel("observe", "{}")]);
  expect(posted).toEqual(['1 read {"name":"a b"}', "2 observe {}"]);
  answer('2 {"value":"second of two"}');
  answer('2 {"value":"not asked for"}');
  answer("nothing that was asked");
  answer('1 {"value":"first of two"}');
  expect(await both).toEqual(['{"value":"first of two"}', '{"value":"second of two"}']);
});

it("on iOS takes what the message's own promise gives", async () => {
  const posted: string[] = [];
  const channel = found(
    iosPage(async (text) => {
      posted.push(text);
      return '{"value":1}';
    }),
  );
  expect([await channel("observe", "{}"), posted]).toEqual(['{"value":1}', ["observe {}"]]);
});

it("is not there in a page that the native half opened none to, whatever else is", () => {
  for (const scope of [{}, { androidBridge: {} }, { webkit: {} }, { webkit: { messageHandlers: { bridge: {} } } }])
    expect(findChannel(scope)).toBeNull();
});
