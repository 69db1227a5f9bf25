import ExpoModulesCore
import Foundation

/// The iOS agent as an Expo module: every call of `Bridge`, by its name. A call takes one object and answers `{value}`, or `{fault: {code, message}}`: an error
/// would lose its code on the way.
public class CountersignModule: Module {
  private let bridge = Bridge()

  public func definition() -> ModuleDefinition {
    Name("Countersign")

    OnDestroy { self.bridge.close() }

    Function("identity") { () -> [String: Any] in self.bridge.identity() }
    // Expo makes an Int of any number, which ends the process where it is none.
    Function("randomBytes") { (length: Double) -> String in Int(exactly: length).map { self.bridge.randomBytes($0) } ?? "" }
    Function("continuousMs") { () -> Double in self.bridge.continuousMs() }

    AsyncFunction("observe") { (promise: Promise) in self.bridge.call("observe", [:]) { promise.resolve($0 as Any) } }

    AsyncFunction("enrol") { (of: [String: Any], promise: Promise) in self.bridge.call("enrol", of) { promise.resolve($0 as Any) } }
    AsyncFunction("prove") { (of: [String: Any], promise: Promise) in self.bridge.call("prove", of) { promise.resolve($0 as Any) } }
    AsyncFunction("provePrevious") { (of: [String: Any], promise: Promise) in self.bridge.call("provePrevious", of) { promise.resolve($0 as Any) } }
    AsyncFunction("dpop") { (of: [String: Any], promise: Promise) in self.bridge.call("dpop", of) { promise.resolve($0 as Any) } }
    AsyncFunction("httpSignature") { (of: [String: Any], promise: Promise) in self.bridge.call("httpSignature", of) { promise.resolve($0 as Any) } }
    AsyncFunction("clientAttestationProof") { (of: [String: Any], promise: Promise) in self.bridge.call("clientAttestationProof", of) { promise.resolve($0 as Any) } }
    AsyncFunction("forget") { (of: [String: Any], promise: Promise) in self.bridge.call("forget", of) { promise.resolve($0 as Any) } }

    AsyncFunction("read") { (of: [String: Any], promise: Promise) in self.bridge.call("read", of) { promise.resolve($0 as Any) } }
    AsyncFunction("write") { (of: [String: Any], promise: Promise) in self.bridge.call("write", of) { promise.resolve($0 as Any) } }
    AsyncFunction("remove") { (of: [String: Any], promise: Promise) in self.bridge.call("remove", of) { promise.resolve($0 as Any) } }

    AsyncFunction("holdChannels") { (of: [String: Any], promise: Promise) in self.bridge.call("holdChannels", of) { promise.resolve($0 as Any) } }

    AsyncFunction("send") { (of: [String: Any], promise: Promise) in self.bridge.call("send", of) { promise.resolve($0 as Any) } }
    AsyncFunction("receive") { (of: [String: Any], promise: Promise) in self.bridge.call("receive", of) { promise.resolve($0 as Any) } }
    AsyncFunction("upload") { (of: [String: Any], promise: Promise) in self.bridge.call("upload", of) { promise.resolve($0 as Any) } }
    AsyncFunction("abandon") { (of: [String: Any], promise: Promise) in self.bridge.call("abandon", of) { promise.resolve($0 as Any) } }

    AsyncFunction("openSocket") { (of: [String: Any], promise: Promise) in self.bridge.call("openSocket", of) { promise.resolve($0 as Any) } }
    AsyncFunction("nextOfSocket") { (of: [String: Any], promise: Promise) in self.bridge.call("nextOfSocket", of) { promise.resolve($0 as Any) } }
    AsyncFunction("sendToSocket") { (of: [String: Any], promise: Promise) in self.bridge.call("sendToSocket", of) { promise.resolve($0 as Any) } }
    AsyncFunction("closeSocket") { (of: [String: Any], promise: Promise) in self.bridge.call("closeSocket", of) { promise.resolve($0 as Any) } }
  }
}
