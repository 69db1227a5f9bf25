import Foundation

/// The agent of an app that is written in Swift: keys, proofs, detectors and connections of `Bridge`, and the core that React Native's and Capacitor's agents have, in
/// JavaScriptCore. Make one for the life of the process. All throw `CountersignError`.
public final class CountersignAgent: @unchecked Sendable {
  private let agent: HostedAgent
  private let start: Task<Void, Error>

  /// `app` is the app's id in the project, as registered with `app add`; `watch` holds the stream that tells of changes at once. The configuration string is
  /// `CountersignConfiguration` of Info.plist. Throws where that or the script of the core is missing from the app.
  public convenience init(app: String, watch: Bool = true, bridge: Bridge = Bridge()) throws {
    guard let configuration = Bundle.main.object(forInfoDictionaryKey: "CountersignConfiguration") as? String else {
      throw CountersignError(code: "misuse", message: "Info.plist has no CountersignConfiguration.")
    }
    try self.init(app: app, configuration: configuration, watch: watch, identity: bridge.identity(), script: try coreScript(), native: bridge)
  }

  init(app: String, configuration: String, watch: Bool, identity: [String: Any], script: String, native: NativeHalf) throws {
    guard let agent = try? HostedAgent(script: script, native: native) else {
      throw CountersignError(code: "misuse", message: "The script of the core is not one.")
    }
    self.agent = agent
    let of: [String: Any] = ["app": app, "configuration": configuration, "watch": watch, "identity": identity]
    let text = try jsonText(of)
    start = Task { _ = try await agent.ask("start", text) }
  }

  /// Sends a request: fills placeholders in their declared places, adds tokens, holds the connection to the manifest. The answer is read whole, at most 32 MiB.
  public func data(for request: URLRequest) async throws -> (Data, HTTPURLResponse) {
    return try responseOf(try await asked("fetch", try askOf(request)), request)
  }

  /// A token for one protected API, to be sent by other means.
  public func token(api: String) async throws -> String {
    let answer = try await asked("token", ["api": api]) as? [String: Any]
    guard let token = answer?["token"] as? String else { throw CountersignError([:]) }
    return token
  }

  /// Opens a session where none is open; a later request then finds it.
  public func prefetch() async throws {
    _ = try await asked("prefetch")
  }

  /// What the agent knows of itself, as docs/agent.md says it; holds no secret.
  public func state() async throws -> [String: Any] {
    return try await asked("state") as? [String: Any] ?? [:]
  }

  /// Wipes session, secrets and tokens. For `applicationDidEnterBackground`.
  public func background() async throws {
    _ = try await asked("background")
  }

  /// Allows sessions again. For `applicationWillEnterForeground`.
  public func foreground() async throws {
    _ = try await asked("foreground")
  }

  private func asked(_ name: String, _ of: [String: Any] = [:]) async throws -> Any {
    _ = try await start.value
    return try await agent.ask(name, of)
  }
}

extension Bridge: NativeHalf {}

/// The script that the build put into the app.
private func coreScript() throws -> String {
  #if SWIFT_PACKAGE
    let places = [Bundle.module, Bundle.main]
  #else
    let places = [Bundle(for: CountersignAgent.self), Bundle.main]
  #endif
  for bundle in places {
    if let file = bundle.url(forResource: "countersign-core", withExtension: "js"), let text = try? String(contentsOf: file, encoding: .utf8) {
      return text
    }
  }
  throw CountersignError(code: "misuse", message: "The app has no countersign-core.js among its resources.")
}
