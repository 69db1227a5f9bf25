import Foundation

/// A new pair of keys: what certifies them, and over which challenge.
public struct EnrolledKey {
  /// Names the pair in later calls; no secret.
  public let alias: String
  /// 65-byte uncompressed P-256 points.
  public let instanceKey: Data
  public let attestedKey: Data
  /// The open challenge, 60 bytes, that the attestation answers.
  public let challenge: Data
  public let attestation: Data
}

/// What proves a statement: at enrolment both, in a session the assertion alone (protocol section 5).
public struct StatementProof {
  public let assertion: Data
  public let signature: Data?
}

/// The keys of one project: App Attest's for statements, an instance key in the Secure Enclave for everything else. There is no way to have chosen bytes
/// signed, and no alias but this project's own is looked at. Assertions are to be made and sent in order: one call after the other. All throw `KeyFault`.
public struct InstanceKeys {
  private let project: Data
  private let prefix: String

  public init(_ configuration: Configuration) {
    project = configuration.project
    prefix = "countersign.\(encodeBase64Url(configuration.project))."
  }

  /// Makes both keys and Apple's evidence over this open challenge (60 bytes). Where Apple did not answer, the fault names an alias to go on with: App Attest
  /// attests a key once, and an abandoned key counts against the device.
  public func enrol(challenge: Data, alias: String? = nil) async throws -> EnrolledKey {
    let pair = try await pairOf(alias)
    let key = try load(pair)
    let hash = try attestationHash(challenge: challenge, instanceKey: key.point)
    let attestation = try await named(pair.alias) { try await AppAttest.attest(keyId: pair.keyId, clientDataHash: hash) }
    guard let keyId = Data(base64Encoded: pair.keyId), let attested = attestedPoint(attestation: attestation, keyId: keyId) else {
      throw KeyFault(code: "invalid_key", message: "the attestation does not hold its key", alias: pair.alias)
    }
    return EnrolledKey(alias: pair.alias, instanceKey: key.point, attestedKey: attested, challenge: challenge, attestation: attestation)
  }

  /// The statement must be of this project, this platform and this very instance key.
  public func prove(alias: String, statement: Data) async throws -> StatementProof {
    let pair = try Pair(alias: alias, prefix: prefix)
    let key = try load(pair)
    let head = try readStatement(statement, project: project)
    guard head.instanceKey == key.point else { throw KeyFault.unsupported("the statement names another key") }
    let signature = head.use == "enrol" ? try key.sign(statementMessage(statement)) : nil
    let hash = statementHash(statement)
    let assertion = try await named(alias) { try await AppAttest.assertion(keyId: pair.keyId, clientDataHash: hash) }
    return StatementProof(assertion: assertion, signature: signature)
  }

  /// ES256 by an old instance key over an enrolment of a new one, 64 bytes.
  public func provePrevious(alias: String, statement: Data) throws -> Data {
    let key = try load(Pair(alias: alias, prefix: prefix))
    let head = try readStatement(statement, project: project)
    guard head.use == "enrol", head.instanceKey != key.point else { throw KeyFault.unsupported("only another key's enrolment has a previous key") }
    return try key.sign(previousMessage(statement))
  }

  /// A DPoP proof (RFC 9449), a compact JWS.
  public func dpop(alias: String, request: DpopRequest) throws -> String {
    let key = try load(Pair(alias: alias, prefix: prefix))
    let input = dpopSigningInput(request, point: key.point)
    return toJws(input, try key.sign(Data(input.utf8)))
  }

  /// `Signature-Input` and `Signature` (RFC 9421), label `countersign`.
  public func httpSignature(alias: String, request: HttpSignatureRequest) throws -> HttpSignature {
    let key = try load(Pair(alias: alias, prefix: prefix))
    let made = try signatureBase(request, point: key.point)
    return HttpSignature(signatureInput: made.signatureInput, signature: formatSignature(try key.sign(made.base)))
  }

  /// The proof that goes with an OAuth client attestation, a compact JWS.
  public func clientAttestationProof(alias: String, request: ClientAttestationRequest) throws -> String {
    let key = try load(Pair(alias: alias, prefix: prefix))
    let input = clientAttestationSigningInput(request)
    return toJws(input, try key.sign(Data(input.utf8)))
  }

  /// Deletes the instance key; App Attest keeps its own. Unknown aliases are ignored.
  public func forget(alias: String) throws {
    guard let pair = try? Pair(alias: alias, prefix: prefix) else { return }
    try EnclaveKey.delete(tag: pair.tag)
  }

  private func pairOf(_ alias: String?) async throws -> Pair {
    if let alias = alias { return try Pair(alias: alias, prefix: prefix) }
    return try await makePair()
  }

  private func makePair() async throws -> Pair {
    let keyId = try await AppAttest.generateKey()
    let pair = Pair(prefix: prefix, keyId: keyId)
    _ = try EnclaveKey.make(tag: pair.tag)
    return pair
  }

  private func load(_ pair: Pair) throws -> EnclaveKey {
    do {
      return try EnclaveKey.load(tag: pair.tag)
    } catch let fault as KeyFault {
      throw KeyFault(code: fault.code, message: fault.message, alias: pair.alias)
    }
  }

  private func named<T>(_ alias: String, _ make: () async throws -> T) async throws -> T {
    do {
      return try await make()
    } catch let fault as KeyFault {
      throw KeyFault(code: fault.code, message: fault.message, alias: alias)
    }
  }
}

/// An alias names both keys: the keychain's tag of the one is the alias, whose end is the other's id.
private struct Pair {
  let alias: String
  let keyId: String

  var tag: String {
    return alias
  }

  init(prefix: String, keyId: String) {
    alias = prefix + keyId
    self.keyId = keyId
  }

  /// The keychain holds the app's other keys too: the bridge is no way to them.
  init(alias: String, prefix: String) throws {
    guard alias.hasPrefix(prefix), alias.utf8.count > prefix.utf8.count else { throw KeyFault.invalidKey(alias) }
    self.alias = alias
    keyId = String(alias.dropFirst(prefix.count))
  }
}
