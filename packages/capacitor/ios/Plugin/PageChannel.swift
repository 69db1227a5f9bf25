import Foundation
import WebKit

/// What the app's page reaches the agent by. Not Capacitor's own bridge: that one is in every frame, and does not ask which frame it hears. An answer goes to the very
/// document that asked, and to none that was loaded in its place.
final class PageChannel: NSObject, WKScriptMessageHandlerWithReply {
  private let own: Origin
  private let bridge: Bridge

  init(own: Origin, bridge: Bridge) {
    self.own = own
    self.bridge = bridge
  }

  /// The text that answers, or why there is none: the page's promise resolves or rejects with it.
  func userContentController(
    _ userContentController: WKUserContentController, didReceive message: WKScriptMessage
  ) async -> (Any?, String?) {
    let frame = message.frameInfo
    let said = frame.securityOrigin
    let source = Origin(scheme: said.protocol, host: said.host, port: said.port)
    guard isOwnPage(source, isMainFrame: frame.isMainFrame, own: own) else { return (nil, "refused") }
    guard let text = message.body as? String, let call = PageCall(text) else { return (nil, "refused") }
    if call.name == "identity" { return (identity(), nil) }
    return (await bridge.callText(call.name, call.of), nil)
  }

  private func identity() -> String? {
    let text = try? JSONSerialization.data(withJSONObject: ["value": bridge.identity()])
    return text.flatMap { String(data: $0, encoding: .utf8) }
  }
}
