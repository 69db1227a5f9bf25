import ExpoModulesCore
import Foundation

/// The iOS agent as an Expo module: `NativeBridge` of @countersign/client. A call takes one object and answers `{value}`, or `{fault: {code, message}}`. There is no
/// call that signs bytes of the caller's choice, and the project is the app's own, from its Info.plist: JavaScript cannot name another.
public class CountersignModule: Module {
  private let watch = SignalWatch(standardDetectors())

  public func definition() -> ModuleDefinition {
    Name("Countersign")

    OnCreate {
      _ = self.watch.observe()
    }

    Function("identity") { () -> [String: Any?] in
      let app = AppIdentity()
      return ["platform": "ios", "version": app.version, "build": app.build, "bundle": bundleHash()]
    }
    Function("randomBytes") { (length: Int) -> String in
      randomBytes(length).map { encodeBase64Url($0) } ?? ""
    }
    Function("continuousMs") { () -> Double in
      continuousMs()
    }

    AsyncFunction("observe") { () async -> [String: Any] in
      await answered { observed(self.watch.observe()) }
    }

    AsyncFunction("enrol") { (of: [String: Any]) async -> [String: Any] in
      await answered { try await enrolled(try ofProject(of)) }
    }
    AsyncFunction("prove") { (of: [String: Any]) async -> [String: Any] in
      await answered { try await proved(try ofProject(of)) }
    }
    AsyncFunction("provePrevious") { (of: [String: Any]) async -> [String: Any] in
      await answered {
        let asked = try ofProject(of)
        let made = try await instanceKeys().provePrevious(alias: try asked.text("alias"), statement: try asked.bytes("statement"))
        return ["signature": encodeBase64Url(made)]
      }
    }
    AsyncFunction("dpop") { (of: [String: Any]) async -> [String: Any] in
      await answered { try await dpopProof(Asked(of)) }
    }
    AsyncFunction("httpSignature") { (of: [String: Any]) async -> [String: Any] in
      await answered { try await signed(Asked(of)) }
    }
    AsyncFunction("clientAttestationProof") { (of: [String: Any]) async -> [String: Any] in
      await answered { try await attestationProof(Asked(of)) }
    }
    AsyncFunction("forget") { (of: [String: Any]) async -> [String: Any] in
      await answered {
        try await instanceKeys().forget(alias: try Asked(of).text("alias"))
        return true
      }
    }

    AsyncFunction("read") { (of: [String: Any]) async -> [String: Any] in
      await answered { ["value": try InstanceFiles().read(try Asked(of).text("name")) as Any] }
    }
    AsyncFunction("write") { (of: [String: Any]) async -> [String: Any] in
      await answered {
        try InstanceFiles().write(try Asked(of).text("name"), try Asked(of).text("value"))
        return true
      }
    }
    AsyncFunction("remove") { (of: [String: Any]) async -> [String: Any] in
      await answered {
        try InstanceFiles().remove(try Asked(of).text("name"))
        return true
      }
    }
  }
}

/// From the configuration string that the build put into the app's Info.plist.
private func configuration() throws -> Configuration {
  let text = Bundle.main.object(forInfoDictionaryKey: "CountersignConfiguration") as? String
  guard let configuration = text.flatMap({ Configuration($0) }) else {
    throw KeyFault.unsupported("the app's Info.plist has no CountersignConfiguration")
  }
  return configuration
}

private func instanceKeys() throws -> InstanceKeys {
  return InstanceKeys(try configuration(), files: try InstanceFiles())
}

/// A call that names a project must name the app's own.
private func ofProject(_ members: [String: Any]) throws -> Asked {
  let asked = Asked(members)
  guard try asked.text("project") == configuration().projectId else { throw KeyFault.unsupported("the project is another") }
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

private func observed(_ observation: Observation) -> Any {
  let seen = observation.seen.map { signal -> [String: Any] in
    var members: [String: Any] = ["name": signal.name, "count": signal.count, "ageSeconds": signal.ageSeconds]
    if let detail = signal.detail { members["detail"] = detail }
    return members
  }
  return ["detectors": observation.detectors, "seen": seen] as [String: Any]
}

/// What was made as `value`, or why it was not as `fault`: an error would lose its code on the way.
private func answered(_ make: () async throws -> Any) async -> [String: Any] {
  do {
    return ["value": try await make()]
  } catch let fault as KeyFault {
    return ["fault": ["code": fault.code, "message": fault.message]]
  } catch {
    return ["fault": ["code": "unavailable", "message": "the native half did not answer"]]
  }
}
