import { type Mutation, mutationsOf } from "../mutation.ts";

const android = "packages/react-native/android";
const agent = `${android}/agent/src/main/kotlin/dev/countersign/agent`;
const okhttp = `${android}/okhttp/src/main/kotlin/dev/countersign/okhttp`;
const table = "native_fault";
/** The compiler's word comes first: what does not compile proves nothing. */
const onJvm = { tests: ["testing/native/android-agent.test.ts"], only: "(compiles against|on a JVM: )" };

const channel = mutationsOf({ table, file: `${agent}/channel/ChannelProof.kt`, ...onJvm }, [
  [
    "channel_refused/android-pin",
    "that a key of the path is one of the pins",
    "encodeBase64Url(sha256(it.publicKey.encoded)) in policy.pins",
    "encodeBase64Url(sha256(it.publicKey.encoded)).isNotEmpty()",
  ],
  [
    "channel_refused/android-sent-along",
    "that a pinned certificate is in the proven path, not only sent along",
    "proven.none {",
    "(proven + chain).none {",
  ],
  [
    "channel_refused/android-root",
    "that the path leads to a managed root",
    "    if (needsRoots) {",
    "    if (needsRoots && needsPins) {",
  ],
  [
    "channel_refused/android-host",
    "that the certificate names the host",
    "if (!verifier.verify(peer.name, tls.session)) throw",
    "if (!verifier.verify(peer.name, tls.session) && peer.name.isEmpty()) throw",
    { file: `${agent}/connection/Opening.kt` },
  ],
  [
    "channel_refused/android-plain",
    "that plain HTTP is spoken to this device alone",
    "if (!peer.isSecure && !isHere) throw",
    "if (!peer.isSecure && !isHere && peer.name.isEmpty()) throw",
    { file: `${agent}/connection/Opening.kt` },
  ],
  [
    "channel_refused/android-kept",
    "that a kept connection was proven under the very same policy",
    "channel == other.channel && pins == other.pins && rootTexts == other.rootTexts",
    "channel == other.channel",
    { file: `${agent}/channel/ChannelPolicy.kt` },
  ],
]);

const exchanges = mutationsOf({ table, file: `${agent}/exchange/ResponseReader.kt`, ...onJvm }, [
  [
    "network/android-repeat",
    "that no request is repeated that does something",
    `upload == null && (method == "GET" || method == "HEAD" || method == "OPTIONS")`,
    "upload == null",
    { file: `${agent}/exchange/ExchangeRequest.kt` },
  ],
  [
    "unsupported/android-header",
    "that no header ends its line",
    "isToken(name) && fieldValue.matches(value)",
    "isToken(name) && (fieldValue.matches(value) || value.isNotEmpty())",
    { file: `${agent}/connection/RequestText.kt` },
  ],
  [
    "network/android-cut",
    "that an answer of a length that was cut is none",
    `if (length < 0) throw EOFException("the answer was cut")`,
    "if (length < 0) return ByteArray(0).also { left = 0 }",
  ],
  ["network/android-lengths", "that an answer has one length", "        if (lengths.size > 1) throw noAnswer()\n", ""],
  [
    "network/android-accept",
    "that the peer's accept value is of this opening's key",
    `answer.values("sec-websocket-accept") == listOf(acceptOf(key))`,
    `answer.values("sec-websocket-accept").size == listOf(acceptOf(key)).size`,
    { file: `${agent}/websocket/WebSocketRequest.kt` },
  ],
  [
    "network/android-masked",
    "that a peer masks no frame",
    "first and 0x70 != 0 || second and 0x80 != 0",
    "first and 0x70 != 0",
    { file: `${agent}/websocket/Frame.kt` },
  ],
]);

const statements = mutationsOf({ table, file: `${agent}/protocol/Statement.kt`, ...onJvm }, [
  [
    "unsupported/android-project",
    "that a statement is of this project",
    "!named.contentEquals(project)",
    "named.size != project.size",
  ],
  [
    "unsupported/android-platform",
    "that a statement is of this platform",
    `    if (members.text("platform") != "android") throw NotThisAppsStatement("the statement is of another platform")\n`,
    "",
  ],
  [
    "unsupported/android-twice",
    "that no member of a signed text stands twice",
    "            if (name in members) throw NotJson()\n",
    "",
    { file: `${agent}/protocol/StrictJson.kt` },
  ],
  [
    "unsupported/android-previous",
    "that an old key signs enrolments alone",
    `        if (head.use != "enrol") throw`,
    "        if (head.use.isEmpty()) throw",
    { file: `${agent}/keys/InstanceProofs.kt` },
  ],
  [
    "unsupported/android-predecessor",
    "that an old key signs no enrolment of itself",
    "if (head.instanceKey.contentEquals(key.point)) throw",
    "if (head.instanceKey.isEmpty()) throw",
    { file: `${agent}/keys/InstanceProofs.kt` },
  ],
  [
    "unsupported/android-book",
    "that the stored book of channels has the members that are written, and no other",
    "it.keys == names.toSet()",
    "it.keys.containsAll(names.toSet())",
    { file: `${agent}/channel/HostChannel.kt` },
  ],
  [
    "unsupported/android-development",
    "that a build which is not debuggable takes no development project",
    "require(!configuration.isDevelopment || isDebuggable)",
    "require(!configuration.isDevelopment || isDebuggable || text.isNotEmpty())",
    {
      file: `${android}/bridge/src/main/kotlin/dev/countersign/bridge/AppConfiguration.kt`,
      tests: ["testing/native/android-bridge.test.ts"],
      only: "configuration string",
    },
  ],
]);

const pinned = mutationsOf(
  {
    table,
    file: `${okhttp}/ProvenSockets.kt`,
    tests: ["testing/native/okhttp.test.ts"],
    only: "over OkHttp 3.13(?! (> )?(of the native agent|uses nothing))",
  },
  [
    [
      "channel_refused/okhttp-proven",
      "that a connection was proven by the policy that its host has now",
      " && proof.policy == policyOf(host, port)",
      "",
    ],
    [
      "channel_refused/okhttp-coalesced",
      "that OkHttp sees another verifier than its own, and shares no connection between hosts",
      "hostnameVerifier(any.verifier(standard))",
      "hostnameVerifier(standard)",
      { file: `${okhttp}/PinnedClient.kt` },
    ],
    [
      "channel_refused/okhttp-clear",
      "that no host with a policy is asked in the clear",
      "else policyOf(host, port) == null",
      "else policyOf(host, port) == null || port > 0",
      { file: `${okhttp}/ConnectionCheck.kt` },
    ],
    [
      "channel_refused/okhttp-redirect",
      "that what may be a token is led to no other origin",
      "if (stays || carriesNothing(request)) response",
      "if (stays || carriesNothing(request) || request.isHttps) response",
      { file: `${okhttp}/RedirectGuard.kt` },
    ],
    [
      "channel_refused/okhttp-again",
      "that a call of which something was sent does not begin again",
      "refused.wasSentBefore || attempt == ATTEMPTS",
      "attempt == ATTEMPTS",
      { file: `${okhttp}/CurrentConnections.kt` },
    ],
  ],
);

export const nativeAndroidMutations: readonly Mutation[] = [...channel, ...exchanges, ...statements, ...pinned];
