// Arguments: the folder docs/vectors/v1, and a file of vectors that the protocol package made just now.
let checks = Checks()
await bytesTests(checks)
await jsonTests(checks)
await statementTests(checks)
await proofTests(checks)
