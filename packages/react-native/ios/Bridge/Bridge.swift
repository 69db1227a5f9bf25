import Foundation

/// One call of the bridge: what it was asked, and what it answers.
typealias BridgeCall = (Asked) async throws -> Any

/// The iOS agent as `NativeBridge` of @countersign/client has it, whatever carries the calls: Expo, bare React Native, Capacitor, an app's own bridge. There is no call that
/// signs bytes of the caller's choice, and the project is the app's own, from its Info.plist: JavaScript cannot name another. Make one for the life of the process.
public final class Bridge {
  private let table: [String: BridgeCall]

  public init() {
    let watch = SignalWatch(standardDetectors())
    _ = watch.observe()
    table = keyCalls().merging(storeCalls()) { first, _ in first }
      .merging(["observe": { _ in observed(watch.observe()) }]) { first, _ in first }
  }

  /// Names of the calls that it answers.
  public var calls: Set<String> {
    return Set(table.keys)
  }

  /// What the native half says of itself: `platform`, `version`, `build`, `bundle`.
  public func identity() -> [String: Any] {
    let app = AppIdentity()
    return ["platform": "ios", "version": app.version, "build": app.build, "bundle": orNull(bundleHash())]
  }

  /// b64u; empty where the generator fails, or where no or more than 1024 bytes are asked for.
  public func randomBytes(_ length: Int) -> String {
    return secureBytes(length).map { encodeBase64Url($0) } ?? ""
  }

  public func continuousMs() -> Double {
    return deviceMs()
  }

  /// `{value}`, or `{fault: {code, message}}`; both hold nothing but what JSON has. Never throws. An unknown name is a fault `unsupported`.
  public func call(_ name: String, _ of: [String: Any]) async -> [String: Any] {
    do {
      guard let call = table[name] else { throw KeyFault.unsupported("there is no call of this name") }
      return ["value": try await call(Asked(of))]
    } catch let fault as KeyFault {
      return faulted(fault.code, fault.message)
    } catch let fault as ChannelFault {
      return faulted(fault.code, fault.message)
    } catch {
      return faulted("unavailable", "the native half did not answer")
    }
  }

  /// The same with JSON text in and out. A text that is no object of strict JSON is a fault `unsupported`.
  public func callText(_ name: String, _ of: String) async -> String {
    guard let members = membersOf(of) else { return textOf(faulted("unsupported", "the call is no object")) }
    return textOf(await call(name, members))
  }
}

private func faulted(_ code: String, _ message: String) -> [String: Any] {
  return ["fault": ["code": code, "message": message]]
}

// Within the class these names are its own methods.
private func secureBytes(_ length: Int) -> Data? {
  return randomBytes(length)
}

private func deviceMs() -> Double {
  return continuousMs()
}
