import Foundation

/// The signing input of a compact JWS (RFC 7515 §5.1).
private func signingInput(_ header: String, _ claims: String) -> String {
  return [header, claims].map { encodeBase64Url(Data($0.utf8)) }.joined(separator: ".")
}

func toJws(_ signingInput: String, _ signature: Data) -> String {
  return "\(signingInput).\(encodeBase64Url(signature))"
}

/// What a DPoP proof says of a request (RFC 9449 §4.2); `iat` in seconds. `url` is the whole one: the proof leaves out query and fragment.
public struct DpopRequest {
  public let method: String
  public let url: String
  /// Nil where the request carries no token: the proof has no `ath` then.
  public let token: String?
  public let nonce: String?
  public let iat: Int64
  public let jti: String

  public init(method: String, url: String, token: String?, nonce: String?, iat: Int64, jti: String) {
    self.method = method
    self.url = url
    self.token = token
    self.nonce = nonce
    self.iat = iat
    self.jti = jti
  }
}

func dpopSigningInput(_ request: DpopRequest, point: Data) -> String {
  let address = request.url.prefix { $0 != "?" && $0 != "#" }
  return signingInput(
    toJson([("typ", .text("dpop+jwt")), ("alg", .text("ES256")), ("jwk", toJwk(point))]),
    toJson([
      ("jti", .text(request.jti)),
      ("htm", .text(request.method)),
      ("htu", .text(String(address))),
      ("iat", .number(request.iat)),
      ("ath", request.token.map { .text(encodeBase64Url(sha256(Data($0.utf8)))) }),
      ("nonce", request.nonce.map { .text($0) }),
    ])
  )
}

/// The proof that goes with an OAuth client attestation (draft-ietf-oauth-attestation-based-client-auth-10); `iat` in seconds.
public struct ClientAttestationRequest {
  public let audience: String
  public let challenge: String?
  public let iat: Int64
  public let jti: String

  public init(audience: String, challenge: String?, iat: Int64, jti: String) {
    self.audience = audience
    self.challenge = challenge
    self.iat = iat
    self.jti = jti
  }
}

func clientAttestationSigningInput(_ request: ClientAttestationRequest) -> String {
  return signingInput(
    toJson([("typ", .text("oauth-client-attestation-pop+jwt")), ("alg", .text("ES256"))]),
    toJson([
      ("aud", .text(request.audience)),
      ("jti", .text(request.jti)),
      ("iat", .number(request.iat)),
      ("challenge", request.challenge.map { .text($0) }),
    ])
  )
}
