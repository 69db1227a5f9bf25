import ExpoModulesCore
import Foundation

/// The iOS agent as an Expo module: every call of `Bridge`, by its name. A call takes one object and answers `{value}`, or `{fault: {code, message}}`: an error
/// would lose its code on the way.
public class CountersignModule: Module {
  private let bridge = Bridge()

  public func definition() -> ModuleDefinition {
    Name("Countersign")

    Function("identity") { () -> [String: Any] in self.bridge.identity() }
    Function("randomBytes") { (length: Int) -> String in self.bridge.randomBytes(length) }
    Function("continuousMs") { () -> Double in self.bridge.continuousMs() }

    AsyncFunction("observe") { () async -> [String: Any] in await self.bridge.call("observe", [:]) }

    AsyncFunction("enrol") { (of: [String: Any]) async -> [String: Any] in await self.bridge.call("enrol", of) }
    AsyncFunction("prove") { (of: [String: Any]) async -> [String: Any] in await self.bridge.call("prove", of) }
    AsyncFunction("provePrevious") { (of: [String: Any]) async -> [String: Any] in await self.bridge.call("provePrevious", of) }
    AsyncFunction("dpop") { (of: [String: Any]) async -> [String: Any] in await self.bridge.call("dpop", of) }
    AsyncFunction("httpSignature") { (of: [String: Any]) async -> [String: Any] in await self.bridge.call("httpSignature", of) }
    AsyncFunction("clientAttestationProof") { (of: [String: Any]) async -> [String: Any] in await self.bridge.call("clientAttestationProof", of) }
    AsyncFunction("forget") { (of: [String: Any]) async -> [String: Any] in await self.bridge.call("forget", of) }

    AsyncFunction("read") { (of: [String: Any]) async -> [String: Any] in await self.bridge.call("read", of) }
    AsyncFunction("write") { (of: [String: Any]) async -> [String: Any] in await self.bridge.call("write", of) }
    AsyncFunction("remove") { (of: [String: Any]) async -> [String: Any] in await self.bridge.call("remove", of) }
  }
}
