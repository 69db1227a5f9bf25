import AppleCore
import Foundation

// What Objective-C declares for the main actor alone is a warning elsewhere in Swift 5, an error in Swift 6.
@preconcurrency @MainActor open class WKSecurityOrigin: NSObject {
  open var `protocol`: String { absent() }
  open var host: String { absent() }
  open var port: Int { absent() }
}

@preconcurrency @MainActor open class WKFrameInfo: NSObject {
  open var isMainFrame: Bool { absent() }
  open var securityOrigin: WKSecurityOrigin { absent() }
}

@preconcurrency @MainActor open class WKScriptMessage: NSObject {
  open var body: Any { absent() }
  open var frameInfo: WKFrameInfo { absent() }
}

@preconcurrency @MainActor public class WKContentWorld: NSObject {
  public class var page: WKContentWorld { absent() }
}

@preconcurrency @MainActor public protocol WKScriptMessageHandlerWithReply: NSObjectProtocol {
  func userContentController(
    _ userContentController: WKUserContentController, didReceive message: WKScriptMessage,
    replyHandler: @escaping @MainActor @Sendable (Any?, String?) -> Void
  )
}

@preconcurrency @MainActor public class WKUserContentController: NSObject {
  public func addScriptMessageHandler(
    _ scriptMessageHandlerWithReply: any WKScriptMessageHandlerWithReply, contentWorld: WKContentWorld, name: String
  ) { absent() }
}

@preconcurrency @MainActor public class WKWebViewConfiguration: NSObject {
  public var userContentController: WKUserContentController {
    get { absent() }
    set { absent() }
  }
}

@preconcurrency @MainActor public class WKWebView: NSObject {
  public var configuration: WKWebViewConfiguration { absent() }
}
