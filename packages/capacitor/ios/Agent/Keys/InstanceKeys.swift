import Foundation

/// A new pair of keys: what certifies them, and over which challenge.
public struct EnrolledKey {
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
/// signed, and no key but this project's own is looked at. A pair has an alias, `[A-Za-z0-9_-]{1,64}`, which the caller chooses. Assertions are to be made and sent in order: one call after the other. All throw `KeyFault`.
public struct InstanceKeys {
  private let project: Data
  private let prefix: String
  private let files: InstanceFiles

  public init(_ configuration: Configuration, files: InstanceFiles) {
    project = configuration.project
    prefix = "countersign.\(encodeBase64Url(configuration.project))."
    self.files = files
  }

  /// Makes both keys of this alias, or goes on with those that are half made, and Apple's evidence over this open challenge (60 bytes). Where Apple did not answer,
  /// go on with the same alias: App Attest attests a key once, and an abandoned key counts against the device.
  public func enrol(alias: String, challenge: Data) async throws -> EnrolledKey {
    return try await named(alias) {
      let key = try madeKey(alias)
      let keyId = try await madeKeyId(alias)
      let hash = try attestationHash(challenge: challenge, instanceKey: key.point)
      let attestation = try await AppAttest.attest(keyId: keyId, clientDataHash: hash)
      guard let digest = Data(base64Encoded: keyId), let attested = attestedPoint(attestation: attestation, keyId: digest) else {
        throw KeyFault.invalidKey(alias)
      }
      return EnrolledKey(instanceKey: key.point, attestedKey: attested, challenge: challenge, attestation: attestation)
    }
  }

  /// The statement must be of this project, this platform and this very instance key.
  public func prove(alias: String, statement: Data) async throws -> StatementProof {
    return try await named(alias) {
      let key = try EnclaveKey.load(tag: try tagOf(alias))
      guard let keyId = try files.read(try tagOf(alias)) else { throw KeyFault.invalidKey(alias) }
      let head = try readStatement(statement, project: project)
      guard head.instanceKey == key.point else { throw KeyFault.unsupported("the statement names another key") }
      let signature = try head.use == "enrol" ? key.sign(statementMessage(statement)) : nil
      let assertion = try await AppAttest.assertion(keyId: keyId, clientDataHash: statementHash(statement))
      return StatementProof(assertion: assertion, signature: signature)
    }
  }

  /// ES256 by an old instance key over an enrolment of a new one, 64 bytes.
  public func provePrevious(alias: String, statement: Data) async throws -> Data {
    return try await named(alias) {
      let key = try EnclaveKey.load(tag: try tagOf(alias))
      let head = try readStatement(statement, project: project)
      guard head.use == "enrol", head.instanceKey != key.point else { throw KeyFault.unsupported("only another key's enrolment has a previous key") }
      return try key.sign(previousMessage(statement))
    }
  }

  /// A DPoP proof (RFC 9449), a compact JWS.
  public func dpop(alias: String, request: DpopRequest) async throws -> String {
    return try await named(alias) {
      let key = try EnclaveKey.load(tag: try tagOf(alias))
      let input = dpopSigningInput(request, point: key.point)
      return toJws(input, try key.sign(Data(input.utf8)))
    }
  }

  /// `Signature-Input` and `Signature` (RFC 9421), label `countersign`.
  public func httpSignature(alias: String, request: HttpSignatureRequest) async throws -> HttpSignature {
    return try await named(alias) {
      let key = try EnclaveKey.load(tag: try tagOf(alias))
      let made = try signatureBase(request, point: key.point)
      return HttpSignature(signatureInput: made.signatureInput, signature: formatSignature(try key.sign(made.base)))
    }
  }

  /// The proof that goes with an OAuth client attestation, a compact JWS.
  public func clientAttestationProof(alias: String, request: ClientAttestationRequest) async throws -> String {
    return try await named(alias) {
      let key = try EnclaveKey.load(tag: try tagOf(alias))
      let input = clientAttestationSigningInput(request)
      return toJws(input, try key.sign(Data(input.utf8)))
    }
  }

  /// Deletes the instance key; App Attest keeps its own, which nobody names any more. Unknown aliases are ignored.
  public func forget(alias: String) async throws {
    guard let tag = try? tagOf(alias) else { return }
    try await named(alias) {
      try EnclaveKey.delete(tag: tag)
      try files.remove(tag)
    }
  }

  private func madeKey(_ alias: String) throws -> EnclaveKey {
    let tag = try tagOf(alias)
    do {
      return try EnclaveKey.load(tag: tag)
    } catch let fault as KeyFault where fault.code == "invalid_key" {
      return try EnclaveKey.make(tag: tag)
    }
  }

  /// The id of App Attest's key is kept before it is used, so that a try that broke off goes on with it.
  private func madeKeyId(_ alias: String) async throws -> String {
    let tag = try tagOf(alias)
    if let kept = try files.read(tag) { return kept }
    let keyId = try await AppAttest.generateKey()
    try files.write(tag, keyId)
    return keyId
  }

  /// The keychain holds the app's other keys too: the prefix keeps them out of reach.
  private func tagOf(_ alias: String) throws -> String {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-".utf8
    guard !alias.isEmpty, alias.utf8.count <= 64, alias.utf8.allSatisfy({ letters.contains($0) }) else { throw KeyFault.invalidKey(alias) }
    return prefix + alias
  }

  /// A fault names the alias that the caller knows; what is none of ours may pass.
  private func named<T>(_ alias: String, _ make: () async throws -> T) async throws -> T {
    do {
      return try await make()
    } catch let fault as KeyFault {
      throw KeyFault(code: fault.code, message: fault.message, alias: alias)
    } catch {
      throw KeyFault.unavailable(alias)
    }
  }
}
