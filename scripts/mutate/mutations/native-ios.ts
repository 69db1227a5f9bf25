import { type Mutation, mutationsOf } from "../mutation.ts";

const ios = "packages/react-native/ios";
const agent = `${ios}/Agent`;
const table = "native_fault";
const exchangeTests = { tests: ["testing/native/ios-exchange.test.ts"] };
const socketTests = { tests: ["testing/native/ios-socket.test.ts"] };
const keptTests = { tests: ["testing/native/ios-kept-connections.test.ts"] };

const channel = mutationsOf(
  { table, file: `${agent}/Channel/ChannelProof.swift`, tests: ["testing/native/ios-channel.test.ts"] },
  [
    ["channel_refused/ios-pin", "that a key of the path is one of the pins", "policy.pins.contains($0)", "!$0.isEmpty"],
    [
      "channel_refused/ios-root",
      "that the managed roots alone are anchors",
      "SecTrustSetAnchorCertificatesOnly(trust, true)",
      "SecTrustSetAnchorCertificatesOnly(trust, false)",
    ],
    [
      "channel_refused/ios-host",
      "that the certificate names the host",
      "SecPolicyCreateSSL(true, peer.name as CFString)",
      "SecPolicyCreateSSL(true, nil)",
      { file: `${agent}/Exchange/PeerConnection.swift` },
    ],
    [
      "channel_refused/ios-plain",
      "that plain HTTP is spoken to this device alone",
      `guard secure || name == "localhost"`,
      `guard secure || !name.isEmpty || name == "localhost"`,
      { file: `${agent}/Exchange/ByteStream.swift`, ...exchangeTests },
    ],
    [
      "channel_refused/ios-kept",
      "that kept connections of another policy end",
      "$0.peer.isPlace(of: peer) && $0.peer != peer || ",
      "",
      { file: `${agent}/Exchange/KeptConnections.swift`, ...keptTests },
    ],
    [
      "channel_refused/ios-redirect",
      "that what may be a token is led to no other origin",
      "!isHeld || isSameOrigin(request.url, next) || carriesNothing(request)",
      "!isHeld || isSameOrigin(request.url, next) || carriesNothing(request) || isHeld",
      {
        file: `${ios}/URLSession/HeldRequest.swift`,
        tests: ["testing/native/ios-agent.test.ts"],
        only: "run on Linux",
      },
    ],
  ],
);

const exchanges = mutationsOf({ table, file: `${agent}/Exchange/AnswerBody.swift`, ...exchangeTests }, [
  [
    "network/ios-repeat",
    "that no request is repeated that does something",
    `["GET", "HEAD", "OPTIONS"].contains(method)`,
    "!method.isEmpty",
    { file: `${agent}/Exchange/ExchangeRequest.swift`, ...keptTests },
  ],
  [
    "unsupported/ios-header",
    "that no header ends its line",
    "guard isToken(name), isFieldValue(value) else",
    "guard isToken(name) else",
    { file: `${agent}/Exchange/ExchangeRequest.swift` },
  ],
  [
    "network/ios-cut",
    "that an answer of a length that was cut is none",
    "let piece = try await some(of: left)",
    "guard let piece = try? await some(of: left) else { return end() }",
  ],
  ["network/ios-lengths", "that an answer has one length", "codings.count + lengths.count <= 1", "codings.count <= 1"],
  [
    "network/ios-accept",
    "that the peer's accept value is of this opening's key",
    `answer.values("sec-websocket-accept") == [acceptance(of: opening.key)]`,
    `answer.values("sec-websocket-accept").count == [acceptance(of: opening.key)].count`,
    { file: `${agent}/Socket/SocketOpening.swift`, ...socketTests },
  ],
  [
    "network/ios-masked",
    "that a peer masks no frame",
    ", head[1] & 0x80 == 0 else",
    " else",
    { file: `${agent}/Socket/MessageReader.swift`, ...socketTests },
  ],
  [
    "network/ios-message",
    "that a message has a bound",
    "length <= Self.maxMessageBytes - message.count",
    "length <= Int.max - message.count",
    { file: `${agent}/Socket/MessageReader.swift`, ...socketTests },
  ],
]);

const statements = mutationsOf(
  {
    table,
    file: `${agent}/Protocol/Statement.swift`,
    tests: ["testing/native/ios-agent.test.ts"],
    only: "run on Linux",
  },
  [
    [
      "unsupported/ios-project",
      "that a statement is of this project",
      "decodeBase64Url(named) == project else",
      "decodeBase64Url(named)?.count == project.count else",
    ],
    [
      "unsupported/ios-twice",
      "that no member of a signed text stands twice",
      "names.insert([UInt8](name.utf8)).inserted, members[name] == nil else",
      "names.insert([UInt8](name.utf8)).inserted || true else",
      { file: `${agent}/Protocol/StrictJson.swift` },
    ],
    [
      "unsupported/ios-previous",
      "that an old key signs enrolments alone",
      `guard head.use == "enrol", head.instanceKey != key.point else`,
      "guard head.instanceKey != key.point else",
      { file: `${agent}/Keys/InstanceKeys.swift` },
    ],
    [
      "unsupported/ios-predecessor",
      "that an old key signs no enrolment of itself",
      `guard head.use == "enrol", head.instanceKey != key.point else`,
      `guard head.use == "enrol" else`,
      { file: `${agent}/Keys/InstanceKeys.swift` },
    ],
    [
      "unsupported/ios-development",
      "that a build for users takes no development project",
      "guard isDebug || !configuration.isDevelopment else",
      "guard isDebug || !configuration.isDevelopment || configuration.isDevelopment else",
      { file: `${ios}/Bridge/AppConfiguration.swift` },
    ],
    [
      "unsupported/ios-book",
      "that the kept book of channels has the members that are written, and no other",
      ", members.count == 2 else { return nil }",
      " else { return nil }",
      {
        file: `${agent}/Channel/HeldChannel.swift`,
        tests: ["testing/native/ios-channel-book.test.ts"],
        only: "book of channels",
      },
    ],
  ],
);

export const nativeIosMutations: readonly Mutation[] = [...channel, ...exchanges, ...statements];
