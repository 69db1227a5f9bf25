// Arguments: the folder docs/vectors/v1, a file of vectors that the protocol package made just now, the origin of a server
// (testing/native/url-session-peer.ts), and a folder of its own.
let checks = Checks()
await bytesTests(checks)
await jsonTests(checks)
await statementTests(checks)
await proofTests(checks)
await keyTests(checks, folder: CommandLine.arguments[4])
await signalTests(checks)
await requestTests(checks)
await loadTests(checks, origin: CommandLine.arguments[3])
await connectionTests(checks, origin: CommandLine.arguments[3])
await configurationTests(checks)
