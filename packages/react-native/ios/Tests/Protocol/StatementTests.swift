import Foundation

func statementTests(_ checks: Checks) async {
  await checks.check("builds the message and hash of every iOS statement vector, and reads what it is for") {
    var read = 0
    for vector in try vectors("statement-ios") {
      let statement = try vector.bytes("travels", "statement")
      try assertEqual(vector.text("steps", "prefix"), hex(tag("statement")))
      try assertEqual(vector.text("steps", "message"), hex(statementMessage(statement)))
      try assertEqual(vector.text("steps", "hash"), hex(statementHash(statement)))
      let head = try readStatement(statement, project: try vector.bytes("inputs", "project"))
      try assertEqual(vector.text("inputs", "use"), head.use)
      try assertEqual(vector.text("inputs", "instanceKey"), hex(head.instanceKey))
      read += 1
    }
    try assertTrue(read >= 5, "only \(read) vectors")
  }

  await checks.check("refuses statements of another project, platform, use or version, repeated members and what is no statement") {
    let vector = try some(try vectors("statement-ios").first { $0.result == "ok" })
    let project = try vector.bytes("inputs", "project")
    let text = try some(vector.text("steps", "statementText"))
    _ = try readStatement(Data(text.utf8), project: project)
    var other = project
    other[0] ^= 1
    let refusals = [other, Data(), project + Data([0])]
    for named in refusals { try assertEqual("unsupported", try await faultOf { try readStatement(Data(text.utf8), project: named) }.code) }
    let use = "\"use\":\"\(vector.text("inputs", "use") ?? "")\""
    let changes = [
      ("\"v\":1", "\"v\":2"), ("\"v\":1", "\"v\":\"1\""), ("\"v\":1,", ""), (use, "\"use\":\"sign\""), ("\(use),", ""),
      ("\"platform\":\"ios\"", "\"platform\":\"android\""), ("{\"v\":1", "{\"v\":1,\"v\":1"), ("{\"v\":1", "[{\"v\":1"),
    ]
    for (from, to) in changes {
      let place = try some(text.range(of: from), "the statement has no \(from)")
      let changed = Data(text.replacingCharacters(in: place, with: to).utf8)
      try assertEqual("unsupported", try await faultOf { try readStatement(changed, project: project) }.code, to)
    }
    let long = text + String(repeating: " ", count: 8 * 1024 + 1 - text.utf8.count)
    for bad in ["null", "", long] { _ = try await faultOf { try readStatement(Data(bad.utf8), project: project) } }
  }

  await checks.check("derives the attestation's hash and what an old key signs") {
    let sets = try vectors("evidence-binding")
    let apple = try some(sets.first { $0.name == "apple" })
    let (challenge, key) = (try apple.bytes("travels", "challenge"), try apple.bytes("travels", "instanceKey"))
    try assertEqual(apple.text("inputs", "clientDataHash"), hex(try attestationHash(challenge: challenge, instanceKey: key)))
    _ = try await faultOf { try attestationHash(challenge: challenge.dropLast(), instanceKey: key) }
    _ = try await faultOf { try attestationHash(challenge: challenge, instanceKey: key + Data([0])) }
    let previous = try some(sets.first { $0.name == "previous" })
    let statement = try previous.bytes("inputs", "statement")
    try assertEqual(previous.text("steps", "input"), hex(previousMessage(statement)))
  }
}
