import DeviceCheck
import Foundation
import Security

/// With stand-ins for the keychain and App Attest, which say nothing of what a phone's answer.
func keyTests(_ checks: Checks, folder: String) async {
  setenv("XDG_DATA_HOME", folder, 1)
  let (root, recovery) = (String(repeating: "A", count: 43), String(repeating: "B", count: 42) + "A")
  let configuration = Configuration("cs1~secure.example.com~c5l8Iwco4OAL0x91aSubew~\(root)~\(recovery)")
  func keys() throws -> InstanceKeys { return InstanceKeys(try some(configuration), files: try InstanceFiles()) }
  let challenge = Data(repeating: 7, count: 60)

  func statement(_ point: Data, use: String = "session", project: String = "c5l8Iwco4OAL0x91aSubew") -> Data {
    let key = encodeBase64Url(point)
    return Data("{\"v\":1,\"use\":\"\(use)\",\"project\":\"\(project)\",\"platform\":\"ios\",\"instanceKey\":\"\(key)\"}".utf8)
  }

  await checks.check("enrols both keys with Apple's attestation of both, the same ones where it is asked again") {
    let made = try await keys().enrol(alias: "first", challenge: challenge)
    try assertEqual(65, made.instanceKey.count)
    try assertEqual(try attestationHash(challenge: challenge, instanceKey: made.instanceKey), try some(AppAttestStandIn.hashes.last))
    try assertTrue(AppAttestStandIn.points.values.contains(made.attestedKey))
    let again = try await keys().enrol(alias: "first", challenge: challenge)
    try assertEqual([made.instanceKey, made.attestedKey], [again.instanceKey, again.attestedKey])
    let other = try await keys().enrol(alias: "second", challenge: challenge)
    try assertTrue(other.instanceKey != made.instanceKey && other.attestedKey != made.attestedKey)
  }

  await checks.check("goes on with half-made keys where Apple did not answer") {
    let before = AppAttestStandIn.points.count
    AppAttestStandIn.fault = .serverUnavailable
    try assertEqual("unavailable", try await faultOf { try await keys().enrol(alias: "half", challenge: challenge) }.code)
    AppAttestStandIn.fault = nil
    let made = try await keys().enrol(alias: "half", challenge: challenge)
    let again = try await keys().enrol(alias: "half", challenge: challenge)
    try assertEqual(made.instanceKey, again.instanceKey)
    try assertEqual(before + 1, AppAttestStandIn.points.count)
  }

  await checks.check("proves an enrolment with both keys and a session with App Attest's alone") {
    let made = try await keys().enrol(alias: "first", challenge: challenge)
    let enrolment = statement(made.instanceKey, use: "enrol")
    Keychain.signed = []
    let first = try await keys().prove(alias: "first", statement: enrolment)
    try assertEqual(64, first.signature?.count)
    try assertEqual([statementMessage(enrolment)], Keychain.signed)
    try assertTrue(first.assertion.suffix(32) == statementHash(enrolment))
    let session = try await keys().prove(alias: "first", statement: statement(made.instanceKey))
    try assertEqual(nil, session.signature)
    try assertTrue(session.assertion.suffix(32) == statementHash(statement(made.instanceKey)))
    try assertEqual(1, Keychain.signed.count)
  }

  await checks.check("signs no statement of another key, project or use") {
    let (first, second) = (try await keys().enrol(alias: "first", challenge: challenge), try await keys().enrol(alias: "second", challenge: challenge))
    Keychain.signed = []
    let point = first.instanceKey
    let other = statement(point, use: "enrol", project: "AAAAAAAAAAAAAAAAAAAAAA")
    for bad in [statement(second.instanceKey, use: "enrol"), other, statement(point, use: "sign"), Data("{}".utf8)] {
      try assertEqual("unsupported", try await faultOf { try await keys().prove(alias: "first", statement: bad) }.code)
    }
    try assertEqual([], Keychain.signed)
  }

  await checks.check("lets an old key sign another key's enrolment alone") {
    let (old, new) = (try await keys().enrol(alias: "first", challenge: challenge), try await keys().enrol(alias: "second", challenge: challenge))
    let enrolment = statement(new.instanceKey, use: "enrol")
    Keychain.signed = []
    try assertEqual(64, try await keys().provePrevious(alias: "first", statement: enrolment).count)
    try assertEqual([previousMessage(enrolment)], Keychain.signed)
    for bad in [statement(new.instanceKey), statement(old.instanceKey, use: "enrol")] {
      try assertEqual("unsupported", try await faultOf { try await keys().provePrevious(alias: "first", statement: bad) }.code)
    }
    try assertEqual(1, Keychain.signed.count)
  }

  await checks.check("signs nothing but what begins as one of its proofs, whatever the caller writes into them") {
    let made = try await keys().enrol(alias: "first", challenge: challenge)
    let hostile = "countersign-statement-v1\0{}"
    Keychain.signed = []
    _ = try await keys().prove(alias: "first", statement: statement(made.instanceKey, use: "enrol"))
    let request = DpopRequest(method: hostile, url: hostile, token: hostile, nonce: hostile, iat: 1, jti: hostile)
    let jws = try await keys().dpop(alias: "first", request: request)
    _ = try await keys().clientAttestationProof(
      alias: "first", request: ClientAttestationRequest(audience: hostile, challenge: nil, iat: 1, jti: hostile)
    )
    _ = try await keys().httpSignature(
      alias: "first",
      request: HttpSignatureRequest(method: "GET", targetUri: "https://a.example/", contentDigest: nil, header: nil, created: 1, nonce: "n")
    )
    let forms = [
      "countersign-statement-v1\0{\"v\":1,", "eyJ0eXAiOiJkcG9wK2p3dCIs", "eyJ0eXAiOiJvYXV0aC1jbGllbnQtYXR0ZXN0YXRpb24tcG9wK2p3dCIs", "\"@method\": GET\n",
    ]
    try assertEqual(4, Keychain.signed.count)
    for (message, form) in zip(Keychain.signed, forms) { try assertTrue(message.starts(with: form.utf8), form) }
    try assertTrue(jws.hasPrefix(String(decoding: Keychain.signed[1], as: UTF8.self) + "."))
  }

  await checks.check("says that a key is gone where it is gone, and that it is not to be had where the keychain is closed") {
    _ = try await keys().enrol(alias: "first", challenge: challenge)
    func fault(_ alias: String) async throws -> KeyFault {
      let request = DpopRequest(method: "GET", url: "https://a.example/", token: nil, nonce: nil, iat: 1, jti: "j")
      return try await faultOf { try await keys().dpop(alias: alias, request: request) }
    }
    let gone = try await fault("never-made")
    try assertEqual(["invalid_key", "never-made"], [gone.code, gone.alias ?? ""])
    // errSecInteractionNotAllowed: before the first unlock.
    Keychain.fault = -25308
    let closed = try await fault("first")
    let enrolment = try await faultOf { try await keys().enrol(alias: "first", challenge: challenge) }
    Keychain.fault = nil
    try assertEqual(["unavailable", "first"], [closed.code, closed.alias ?? ""])
    try assertEqual("unavailable", enrolment.code)
  }

  await checks.check("tells Apple's refusals apart: a key that is gone, a device that cannot, an answer that may yet come") {
    let made = try await keys().enrol(alias: "first", challenge: challenge)
    let expected: [(DCError.Code, String)] = [
      (.invalidKey, "invalid_key"), (.featureUnsupported, "unsupported"), (.serverUnavailable, "unavailable"),
      (.unknownSystemFailure, "unavailable"), (.invalidInput, "unavailable"),
    ]
    for (code, word) in expected {
      AppAttestStandIn.fault = code
      let fault = try await faultOf { try await keys().prove(alias: "first", statement: statement(made.instanceKey)) }
      AppAttestStandIn.fault = nil
      try assertEqual([word, "first"], [fault.code, fault.alias ?? ""])
    }
    AppAttestStandIn.isSupported = false
    let unsupported = try await faultOf { try await keys().enrol(alias: "third", challenge: challenge) }
    AppAttestStandIn.isSupported = true
    try assertEqual("unsupported", unsupported.code)
  }

  await checks.check("takes no alias that is none, and no challenge of another length") {
    for alias in ["", "a/b", "a.b", "é", String(repeating: "a", count: 65), "a\0"] {
      try assertEqual("invalid_key", try await faultOf { try await keys().enrol(alias: alias, challenge: challenge) }.code)
    }
    try assertEqual("unsupported", try await faultOf { try await keys().enrol(alias: "first", challenge: challenge.dropLast()) }.code)
  }

  await checks.check("forgets both keys of an alias, and nobody else's") {
    let second = try await keys().enrol(alias: "second", challenge: challenge)
    let first = try await keys().enrol(alias: "first", challenge: challenge)
    try await keys().forget(alias: "first")
    try await keys().forget(alias: "first")
    try await keys().forget(alias: "no/alias")
    try assertEqual("invalid_key", try await faultOf { try await keys().prove(alias: "first", statement: statement(first.instanceKey)) }.code)
    try assertEqual(second.instanceKey, try await keys().enrol(alias: "second", challenge: challenge).instanceKey)
    let anew = try await keys().enrol(alias: "first", challenge: challenge)
    try assertTrue(anew.instanceKey != first.instanceKey && anew.attestedKey != first.attestedKey)
  }

  await checks.check("keeps texts by any name, and finds each by its own alone") {
    let files = try InstanceFiles()
    try assertEqual(nil, try files.read("../a"))
    try files.write("../a", "é")
    try files.write("b", "")
    try assertEqual(["é", ""], [try InstanceFiles().read("../a"), try files.read("b")])
    try files.write("../a", "2")
    try assertEqual("2", try files.read("../a"))
    try files.remove("../a")
    try files.remove("../a")
    try assertEqual(nil, try files.read("../a"))
    try assertEqual("", try files.read("b"))
  }
}
