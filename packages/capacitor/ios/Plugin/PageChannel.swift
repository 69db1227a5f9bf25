import Foundation
import WebKit

/// What the app's page reaches the agent by. Not Capacitor's own bridge: that one is in every frame, and does not ask which frame it hears. An answer goes to the very
/// document that asked, and to none that was loaded in its place.
final class PageChannel: NSObject, WKScriptMessageHandlerWithReply {
  private let own: Origin
  private let ask: (PageCall, @escaping @Sendable (String?) -> Void) -> Void

  init(own: Origin, ask: @escaping (PageCall, @escaping @Sendable (String?) -> Void) -> Void) {
    self.own = own
    self.ask = ask
  }

  /// Handed over is the text that answers, or why there is none: the page's promise resolves or rejects with it. The calls begin here and now, in the order of the
  /// messages: in WebKit's asynchronous form of this each would be a task of its own, and the piece of an upload could come before its request.
  func userContentController(
    _ userContentController: WKUserContentController, didReceive message: WKScriptMessage,
    replyHandler: @escaping @MainActor @Sendable (Any?, String?) -> Void
  ) {
    let frame = message.frameInfo
    let said = frame.securityOrigin
    let source = Origin(scheme: said.protocol, host: said.host, port: said.port)
    guard isOwnPage(source, isMainFrame: frame.isMainFrame, own: own) else { return replyHandler(nil, "refused") }
    guard let text = message.body as? String, let call = PageCall(text) else { return replyHandler(nil, "refused") }
    // Answers come on threads of the agent's; a reply is the main thread's.
    ask(call) { answer in DispatchQueue.main.async { replyHandler(answer, nil) } }
  }
}
