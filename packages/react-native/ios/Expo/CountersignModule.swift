import ExpoModulesCore
import Foundation

/// The iOS agent as an Expo module. Bytes travel as base64url text, times as numbers. There is no function that signs bytes of the caller's choice, and the project
/// is the app's own, from its Info.plist: JavaScript cannot name another.
///
/// What keys make is `{value}`, or `{fault: {code, message, alias?}}` with a code of `invalid_key`, `unavailable` and `unsupported`.
public class CountersignModule: Module {
  private let watch = SignalWatch(standardDetectors())

  public func definition() -> ModuleDefinition {
    Name("Countersign")

    OnCreate {
      _ = self.watch.observe()
    }

    Function("configuration") { () -> String? in
      configurationText()
    }
    Function("randomBytes") { (length: Int) -> String? in
      randomBytes(length).map { encodeBase64Url($0) }
    }
    Function("continuousMs") { () -> Double in
      continuousMs()
    }

    AsyncFunction("enrol") { (challenge: String, alias: String?) async -> [String: Any] in
      await faulty {
        let made = try await instanceKeys().enrol(challenge: bytesOf(challenge), alias: alias)
        return [
          "alias": made.alias,
          "instanceKey": encodeBase64Url(made.instanceKey),
          "attestedKey": encodeBase64Url(made.attestedKey),
          "attestation": encodeBase64Url(made.attestation),
        ]
      }
    }
    AsyncFunction("prove") { (alias: String, statement: String) async -> [String: Any] in
      await faulty {
        let made = try await instanceKeys().prove(alias: alias, statement: bytesOf(statement))
        let assertion = ["assertion": encodeBase64Url(made.assertion)]
        return made.signature.map { assertion.merging(["signature": encodeBase64Url($0)]) { $1 } } ?? assertion
      }
    }
    AsyncFunction("provePrevious") { (alias: String, statement: String) async -> [String: Any] in
      await faulty { encodeBase64Url(try instanceKeys().provePrevious(alias: alias, statement: bytesOf(statement))) }
    }
    AsyncFunction("dpop") {
      (alias: String, method: String, url: String, token: String?, nonce: String?, iat: Double, jti: String) async -> [String: Any] in
      await faulty {
        let request = DpopRequest(method: method, url: url, token: token, nonce: nonce, iat: try secondsOf(iat), jti: jti)
        return try instanceKeys().dpop(alias: alias, request: request)
      }
    }
    AsyncFunction("httpSignature") {
      (
        alias: String, method: String, targetUri: String, contentDigest: String?, headerName: String?, headerValue: String?, created: Double, nonce: String
      ) async -> [String: Any] in
      await faulty {
        let header = headerName.flatMap { name in headerValue.map { (name: name, value: $0) } }
        let request = HttpSignatureRequest(
          method: method, targetUri: targetUri, contentDigest: contentDigest, header: header, created: try secondsOf(created), nonce: nonce
        )
        let made = try instanceKeys().httpSignature(alias: alias, request: request)
        return ["signatureInput": made.signatureInput, "signature": made.signature]
      }
    }
    AsyncFunction("clientAttestationProof") {
      (alias: String, audience: String, challenge: String?, iat: Double, jti: String) async -> [String: Any] in
      await faulty {
        let request = ClientAttestationRequest(audience: audience, challenge: challenge, iat: try secondsOf(iat), jti: jti)
        return try instanceKeys().clientAttestationProof(alias: alias, request: request)
      }
    }
    AsyncFunction("forget") { (alias: String) async -> [String: Any] in
      await faulty {
        try instanceKeys().forget(alias: alias)
        return true
      }
    }

    AsyncFunction("observe") { () -> [String: Any] in
      let observed = self.watch.observe()
      return ["detectors": observed.detectors, "seen": observed.seen.map(plain)]
    }

    AsyncFunction("read") { (name: String) -> String? in
      try InstanceFiles().read(name)
    }
    AsyncFunction("write") { (name: String, value: String) in
      try InstanceFiles().write(name, value)
    }
    AsyncFunction("remove") { (name: String) in
      try InstanceFiles().remove(name)
    }
  }
}

/// The configuration string that the build put into the app's Info.plist.
private func configurationText() -> String? {
  return Bundle.main.object(forInfoDictionaryKey: "CountersignConfiguration") as? String
}

private func instanceKeys() throws -> InstanceKeys {
  guard let configuration = configurationText().flatMap({ Configuration($0) }) else {
    throw KeyFault.unsupported("the app's Info.plist has no CountersignConfiguration")
  }
  return InstanceKeys(configuration)
}

private func bytesOf(_ text: String) throws -> Data {
  guard let bytes = decodeBase64Url(text) else { throw KeyFault.unsupported("bytes travel as base64url") }
  return bytes
}

private func secondsOf(_ value: Double) throws -> Int64 {
  guard let seconds = Int64(exactly: value) else { throw KeyFault.unsupported("a time is a whole number of seconds") }
  return seconds
}

private func plain(_ signal: Signal) -> [String: Any] {
  let members: [String: Any] = ["name": signal.name, "count": signal.count, "ageSeconds": signal.ageSeconds]
  return signal.detail.map { members.merging(["detail": $0]) { $1 } } ?? members
}

private func faulty(_ make: () async throws -> Any) async -> [String: Any] {
  do {
    return ["value": try await make()]
  } catch let fault as KeyFault {
    let members = ["code": fault.code, "message": fault.message]
    return ["fault": fault.alias.map { members.merging(["alias": $0]) { $1 } } ?? members]
  } catch {
    return ["fault": ["code": "unavailable", "message": "the platform did not answer"]]
  }
}
