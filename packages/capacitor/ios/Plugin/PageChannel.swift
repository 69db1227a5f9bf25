import Foundation
import WebKit

/// What the app's page reaches the agent by. Not Capacitor's own bridge: that one is in every frame, and does not ask which frame it hears. An answer goes to the very
/// document that asked, and to none that was loaded in its place.
final class PageChannel: NSObject, WKScriptMessageHandlerWithReply {
  private let own: Origin
  private let ask: @Sendable (PageCall) async -> String?

  init(own: Origin, ask: @escaping @Sendable (PageCall) async -> String?) {
    self.own = own
    self.ask = ask
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
    return (await ask(call), nil)
  }
}
