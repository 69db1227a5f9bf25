import Foundation

/// The calls of `NativeKeyCalls`.
func keyCalls() -> [String: BridgeCall] {
  return [
    "enrol": later { of in try await enrolled(try ofProject(of)) },
    "prove": later { of in try await proved(try ofProject(of)) },
    "provePrevious": later { of in try await provedByPrevious(try ofProject(of)) },
    "dpop": later { of in try await dpopProof(of) },
    "httpSignature": later { of in try await signed(of) },
    "clientAttestationProof": later { of in try await attestationProof(of) },
    "forget": later { of in try await forgotten(of) },
  ]
}

private func instanceKeys() throws -> InstanceKeys {
  return InstanceKeys(try appConfiguration(), files: try InstanceFiles())
}

/// A call that names a project must name the app's own.
private func ofProject(_ asked: Asked) throws -> Asked {
  guard try asked.text("project") == appConfiguration().projectId else { throw KeyFault.unsupported("the project is another") }
  return asked
}

private func enrolled(_ of: Asked) async throws -> Any {
  let made = try await instanceKeys().enrol(alias: try of.text("alias"), challenge: try of.bytes("challenge"))
  let evidence = ["type": "apple", "challenge": encodeBase64Url(made.challenge), "attestation": encodeBase64Url(made.attestation)]
  return ["instanceKey": encodeBase64Url(made.instanceKey), "attestedKey": encodeBase64Url(made.attestedKey), "evidence": [evidence]] as [String: Any]
}

private func proved(_ of: Asked) async throws -> Any {
  let made = try await instanceKeys().prove(alias: try of.text("alias"), statement: try of.bytes("statement"))
  var proof = ["assertion": encodeBase64Url(made.assertion)]
  if let signature = made.signature { proof["signature"] = encodeBase64Url(signature) }
  return proof
}

private func provedByPrevious(_ of: Asked) async throws -> Any {
  let made = try await instanceKeys().provePrevious(alias: try of.text("alias"), statement: try of.bytes("statement"))
  return ["signature": encodeBase64Url(made)]
}

private func dpopProof(_ of: Asked) async throws -> Any {
  let request = DpopRequest(
    method: try of.text("method"), url: try of.text("url"), token: try of.textOrNil("token"), nonce: try of.textOrNil("nonce"),
    iat: try of.whole("iat"), jti: try of.text("jti")
  )
  return ["proof": try await instanceKeys().dpop(alias: try of.text("alias"), request: request)]
}

private func signed(_ of: Asked) async throws -> Any {
  var header: (name: String, value: String)?
  if let given = try of.objectOrNil("header") { header = (name: try given.text("name"), value: try given.text("value")) }
  let request = HttpSignatureRequest(
    method: try of.text("method"), targetUri: try of.text("targetUri"), contentDigest: try of.textOrNil("contentDigest"), header: header,
    created: try of.whole("created"), nonce: try of.text("nonce")
  )
  let made = try await instanceKeys().httpSignature(alias: try of.text("alias"), request: request)
  return ["signatureInput": made.signatureInput, "signature": made.signature]
}

private func attestationProof(_ of: Asked) async throws -> Any {
  let request = ClientAttestationRequest(
    audience: try of.text("audience"), challenge: try of.textOrNil("challenge"), iat: try of.whole("iat"), jti: try of.text("jti")
  )
  return ["proof": try await instanceKeys().clientAttestationProof(alias: try of.text("alias"), request: request)]
}

private func forgotten(_ of: Asked) async throws -> Any {
  try await instanceKeys().forget(alias: try of.text("alias"))
  return true
}
