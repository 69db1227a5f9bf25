import Foundation

/// The calls of `NativeKeyCalls`, for the project of this configuration, which is asked for with each.
func keyCalls(_ configuration: @escaping @Sendable () throws -> Configuration) -> [String: BridgeCall] {
  let calls = KeyCalls(configuration: configuration)
  return [
    "enrol": later { of in try await calls.enrolled(of) },
    "prove": later { of in try await calls.proved(of) },
    "provePrevious": later { of in try await calls.provedByPrevious(of) },
    "dpop": later { of in try await calls.dpopProof(of) },
    "httpSignature": later { of in try await calls.signed(of) },
    "clientAttestationProof": later { of in try await calls.attestationProof(of) },
    "forget": later { of in try await calls.forgotten(of) },
  ]
}

private struct KeyCalls: Sendable {
  let configuration: @Sendable () throws -> Configuration

  private func instanceKeys() throws -> InstanceKeys {
    return InstanceKeys(try configuration(), files: try InstanceFiles())
  }

  /// A call that names a project must name the app's own.
  private func ofProject(_ asked: Asked) throws -> Asked {
    guard try asked.text("project") == configuration().projectId else { throw KeyFault.unsupported("the project is another") }
    return asked
  }

  func enrolled(_ asked: Asked) async throws -> Any {
    let of = try ofProject(asked)
    let made = try await instanceKeys().enrol(alias: try of.text("alias"), challenge: try of.bytes("challenge"))
    let evidence = ["type": "apple", "challenge": encodeBase64Url(made.challenge), "attestation": encodeBase64Url(made.attestation)]
    return ["instanceKey": encodeBase64Url(made.instanceKey), "attestedKey": encodeBase64Url(made.attestedKey), "evidence": [evidence]] as [String: Any]
  }

  func proved(_ asked: Asked) async throws -> Any {
    let of = try ofProject(asked)
    let made = try await instanceKeys().prove(alias: try of.text("alias"), statement: try of.bytes("statement"))
    var proof = ["assertion": encodeBase64Url(made.assertion)]
    if let signature = made.signature { proof["signature"] = encodeBase64Url(signature) }
    return proof
  }

  func provedByPrevious(_ asked: Asked) async throws -> Any {
    let of = try ofProject(asked)
    let made = try await instanceKeys().provePrevious(alias: try of.text("alias"), statement: try of.bytes("statement"))
    return ["signature": encodeBase64Url(made)]
  }

  func dpopProof(_ of: Asked) async throws -> Any {
    let request = DpopRequest(
      method: try of.text("method"), url: try of.text("url"), token: try of.textOrNil("token"), nonce: try of.textOrNil("nonce"),
      iat: try of.whole("iat"), jti: try of.text("jti")
    )
    return ["proof": try await instanceKeys().dpop(alias: try of.text("alias"), request: request)]
  }

  func signed(_ of: Asked) async throws -> Any {
    var header: (name: String, value: String)?
    if let given = try of.objectOrNil("header") { header = (name: try given.text("name"), value: try given.text("value")) }
    let request = HttpSignatureRequest(
      method: try of.text("method"), targetUri: try of.text("targetUri"), contentDigest: try of.textOrNil("contentDigest"), header: header,
      created: try of.whole("created"), nonce: try of.text("nonce")
    )
    let made = try await instanceKeys().httpSignature(alias: try of.text("alias"), request: request)
    return ["signatureInput": made.signatureInput, "signature": made.signature]
  }

  func attestationProof(_ of: Asked) async throws -> Any {
    let request = ClientAttestationRequest(
      audience: try of.text("audience"), challenge: try of.textOrNil("challenge"), iat: try of.whole("iat"), jti: try of.text("jti")
    )
    return ["proof": try await instanceKeys().clientAttestationProof(alias: try of.text("alias"), request: request)]
  }

  func forgotten(_ of: Asked) async throws -> Any {
    try await instanceKeys().forget(alias: try of.text("alias"))
    return true
  }
}
