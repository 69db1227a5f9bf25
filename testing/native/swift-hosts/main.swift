import Foundation

// Argument: the origin of a server of the test's.
let checks = Checks()
await signalTests(checks)
await requestTests(checks)
await loadTests(checks, origin: CommandLine.arguments[1])
