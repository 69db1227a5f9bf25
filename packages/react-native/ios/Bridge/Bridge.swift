import Foundation

/// The iOS agent as `NativeBridge` of @countersign/client has it, whatever carries the calls: Expo, bare React Native, Capacitor, an app's own bridge. There is no call that
/// signs bytes of the caller's choice, and the project is the app's own, from its Info.plist: JavaScript cannot name another. Make one for the life of the process.
public final class Bridge: @unchecked Sendable {
  private let table: [String: BridgeCall]
  private let exchanges: Exchanges
  private let sockets: Sockets

  public convenience init() {
    let exchanges = Exchanges(Connections { PeerConnection($0) })
    self.init(
      watch: ProcessWatch.shared, book: .shared, exchanges: exchanges, sockets: Sockets { PeerConnection($0) }, configuration: appConfiguration
    )
  }

  init(
    watch: SignalWatch, book: ChannelBook, exchanges: Exchanges, sockets: Sockets, configuration: @escaping @Sendable () throws -> Configuration
  ) {
    self.exchanges = exchanges
    self.sockets = sockets
    // What is held in connections is part of what a severe signal wipes.
    watch.onSevere { [weak exchanges, weak sockets] in
      exchanges?.close()
      sockets?.close()
    }
    _ = watch.observe()
    let tables = [
      ["observe": later { _ in observed(watch.observe()) }],
      keyCalls(configuration),
      storeCalls(),
      channelCalls(book),
      exchangeCalls(exchanges),
      socketCalls(sockets),
    ]
    table = tables.reduce(into: [:]) { all, some in all.merge(some) { first, _ in first } }
  }

  /// Names of the calls that it answers.
  public var calls: Set<String> {
    return Set(table.keys)
  }

  /// What the native half says of itself: `platform`, `version`, `build`, `bundle`. `script` is where the JavaScript came from, if the host knows: else it is what the app was
  /// built with.
  public func identity(script: URL? = nil) -> [String: Any] {
    let app = AppIdentity()
    return ["platform": "ios", "version": app.version, "build": app.build, "bundle": orNull(bundleHash(script))]
  }

  /// b64u; empty where the generator fails, or where no or more than 1024 bytes are asked for.
  public func randomBytes(_ length: Int) -> String {
    return secureBytes(length).map { encodeBase64Url($0) } ?? ""
  }

  public func continuousMs() -> Double {
    return deviceMs()
  }

  /// Answers `{value}`, or `{fault: {code, message}}`, once, on a thread of Swift's; both hold nothing but what JSON has. Never throws and never blocks. An unknown name is a
  /// fault `unsupported`. Calls that hang together, such as pieces of one upload, are to be made in their order, which this keeps.
  public func call(_ name: String, _ of: [String: Any], answer: @escaping ([String: Any]) -> Void) {
    let begun = begin(name, of)
    let answer = Answer(tell: answer)
    Task { answer.tell(await answered(begun)) }
  }

  /// The same with JSON text in and out. A text that is no object of strict JSON is a fault `unsupported`.
  public func callText(_ name: String, _ of: String, answer: @escaping (String) -> Void) {
    let begun = begin(name, membersOf(of))
    let answer = Answer(tell: answer)
    Task { answer.tell(textOf(await answered(begun))) }
  }

  /// The same for who waits for each call before the next: tasks that were made one after the other need not begin so.
  public func call(_ name: String, _ of: [String: Any]) async -> [String: Any] {
    return await answered(begin(name, of))
  }

  public func callText(_ name: String, _ of: String) async -> String {
    return textOf(await answered(begin(name, membersOf(of))))
  }

  /// Ends all exchanges and sockets, where the JavaScript goes that asked for them.
  public func close() {
    exchanges.close()
    sockets.close()
  }

  private func begin(_ name: String, _ of: [String: Any]?) -> Result<BridgeStep, Error> {
    return Result {
      guard let call = table[name] else { throw KeyFault.unsupported("there is no call of this name") }
      guard let of = of else { throw KeyFault.unsupported("the call is no object") }
      return try call(Asked(of))
    }
  }
}

// Within the class these names are its own methods.
private func secureBytes(_ length: Int) -> Data? {
  return randomBytes(length)
}

private func deviceMs() -> Double {
  return continuousMs()
}
