import Capacitor
import Foundation
import WebKit

#if DEBUG
private let isDebug = true
#else
private let isDebug = false
#endif

/// Opens the agent's channel to the app's own page. Over Capacitor's bridge it answers nothing but whether there is one.
@objc(CountersignPlugin)
public class CountersignPlugin: CAPPlugin, CAPBridgedPlugin {
  public let identifier = "CountersignPlugin"
  public let jsName = "Countersign"
  public let pluginMethods: [CAPPluginMethod] = [CAPPluginMethod(name: "opening", returnType: CAPPluginReturnPromise)]
  private var isOpen = false

  /// Capacitor loads its plugins before the first page, on the main thread.
  override public func load() {
    guard let bridge, let webView = bridge.webView else { return }
    guard let own = ownOrigin(local: bridge.config.localURL, server: bridge.config.serverURL, isDebug: isDebug) else { return }
    let agent = Bridge()
    let channel = PageChannel(own: own) { call, answer in
      guard call.name == "identity" else { return agent.callText(call.name, call.of) { answer($0) } }
      // What a page asks first, once: what the one before it had under way is nobody's now.
      agent.close()
      answer(identityText(agent))
    }
    webView.configuration.userContentController.addScriptMessageHandler(channel, contentWorld: .page, name: "countersignBridge")
    isOpen = true
  }

  @objc func opening(_ call: CAPPluginCall) {
    call.resolve(["opening": isOpen ? "open" : "origin_refused"])
  }
}

private func identityText(_ agent: Bridge) -> String? {
  let text = try? JSONSerialization.data(withJSONObject: ["value": agent.identity()])
  return text.flatMap { String(data: $0, encoding: .utf8) }
}
