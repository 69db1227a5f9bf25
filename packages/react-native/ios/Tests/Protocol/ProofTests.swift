import Foundation

func proofTests(_ checks: Checks) async {
  await checks.check("builds the signing input of every DPoP vector, and the thumbprint of its key") {
    for vector in try vectors("dpop") + madeByProtocol("dpop") {
      let point = try vector.bytes("inputs", "point")
      let made = dpopSigningInput(try dpopOf(vector), point: point)
      try assertEqual(try some(vector.text("steps", "signingInput")), made, vector.name)
      guard let jws = try vector.ascii("travels", "jws") else { continue }
      let signature = try some(decodeBase64Url(String(jws.split(separator: ".")[2])))
      try assertEqual(jws, toJws(made, signature))
      try assertEqual(vector.text("steps", "jkt"), thumbprintOf(point))
    }
  }

  await checks.check("builds the signature base and both headers of every HTTP signature vector") {
    for vector in try vectors("httpsig") {
      let made = try signatureBase(try httpSignatureOf(vector), point: try vector.bytes("inputs", "instanceKey"))
      try assertEqual(vector.text("steps", "base"), hex(made.base), vector.name)
      try assertEqual(try vector.ascii("travels", "signature-input"), made.signatureInput)
      let signature = try some(try vector.ascii("travels", "signature"))
      let raw = try some(Data(base64Encoded: String(signature.dropFirst("countersign=:".count).dropLast())))
      try assertEqual(signature, formatSignature(raw))
    }
  }

  await checks.check("builds the client attestation's proof as the protocol package does") {
    let made = try madeByProtocol("client attestation")
    try assertTrue(made.count >= 2)
    for vector in made {
      let request = ClientAttestationRequest(
        audience: try some(vector.text("inputs", "audience")), challenge: vector.text("inputs", "challenge"), iat: try vector.number("inputs", "iat"),
        jti: try some(vector.text("inputs", "jti"))
      )
      try assertEqual(vector.text("steps", "signingInput"), clientAttestationSigningInput(request), vector.name)
    }
  }

  await checks.check("signs no part of an HTTP message that ends a line or a quoted name") {
    func fault(
      method: String = "GET", target: String = "https://a.example/", digest: String? = nil, header: (name: String, value: String)? = nil,
      created: Int64 = 1, nonce: String = "n"
    ) async throws -> String {
      let request = HttpSignatureRequest(method: method, targetUri: target, contentDigest: digest, header: header, created: created, nonce: nonce)
      return try await faultOf { try signatureBase(request, point: Data([4]) + Data(repeating: 1, count: 64)) }.code
    }
    let hostile = "a\n\"@method\": POST"
    for code in [
      try await fault(method: hostile), try await fault(method: ""), try await fault(target: hostile), try await fault(target: "https://a/é"),
      try await fault(digest: "a\r\nb"), try await fault(digest: "a\r"), try await fault(header: (name: "authorization", value: hostile)),
      try await fault(header: (name: "a\"b", value: "c")), try await fault(header: (name: "", value: "c")), try await fault(header: (name: "é", value: "c")),
      try await fault(header: (name: "a", value: " c")), try await fault(created: -1), try await fault(created: 1_000_000_000_000),
      try await fault(nonce: "\""), try await fault(nonce: ""), try await fault(nonce: String(repeating: "n", count: 129)),
    ] { try assertEqual("unsupported", code) }
  }
}

private func dpopOf(_ vector: Vector) throws -> DpopRequest {
  return DpopRequest(
    method: try some(vector.text("inputs", "method")), url: try some(vector.text("inputs", "url")), token: vector.text("inputs", "token"),
    nonce: vector.text("inputs", "nonce"), iat: try vector.number("inputs", "iat"), jti: try some(vector.text("inputs", "jti"))
  )
}

private func httpSignatureOf(_ vector: Vector) throws -> HttpSignatureRequest {
  let carrier = try some(vector.text("inputs", "carrier"))
  return HttpSignatureRequest(
    method: try some(vector.text("inputs", "method")), targetUri: try some(vector.text("inputs", "targetUri")),
    contentDigest: try vector.ascii("travels", "content-digest"), header: (name: carrier, value: try some(try vector.ascii("travels", carrier))),
    created: try vector.number("inputs", "created"), nonce: try some(vector.text("inputs", "nonce"))
  )
}
