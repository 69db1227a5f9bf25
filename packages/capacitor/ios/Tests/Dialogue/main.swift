import Foundation
import WebKit

final class Place: WKSecurityOrigin {
  let named: Origin
  init(_ named: Origin) { self.named = named }
  override var `protocol`: String { named.scheme }
  override var host: String { named.host }
  override var port: Int { named.port }
}

final class Frame: WKFrameInfo {
  let place: Place
  let isMain: Bool
  init(_ place: Place, isMain: Bool) {
    self.place = place
    self.isMain = isMain
  }
  override var isMainFrame: Bool { isMain }
  override var securityOrigin: WKSecurityOrigin { place }
}

final class Message: WKScriptMessage {
  let sent: Any
  let frame: Frame
  init(_ sent: Any, from frame: Frame) {
    self.sent = sent
    self.frame = frame
  }
  override var body: Any { sent }
  override var frameInfo: WKFrameInfo { frame }
}

/// The handler itself, asked by frames: each line says what it answered, and with what it refused.
let own = Origin(scheme: "capacitor", host: "localhost", port: 0)
var asked: [String] = []
let channel = PageChannel(own: own) { call, answer in
  asked.append(call.name)
  let text = "asked \(call.name) \(call.of)"
  DispatchQueue.global().async { answer(text) }
}

func post(_ sent: Any, from origin: Origin = own, isMain: Bool = true) async {
  let message = Message(sent, from: Frame(Place(origin), isMain: isMain))
  let (answer, refusal) = await withCheckedContinuation { (given: CheckedContinuation<(Any?, String?), Never>) in
    channel.userContentController(WKUserContentController(), didReceive: message) { given.resume(returning: ($0, $1)) }
  }
  print(answer as? String ?? "-", refusal ?? "-", separator: "|")
}

await post("read {}")
await post("read {}", isMain: false)
await post("read {}", from: Origin(scheme: "https", host: "other.example", port: 0))
await post("read {}", from: Origin(scheme: "", host: "", port: 0))
await post(["read": "{}"])
await post("read")

// Messages that WebKit hands over one after another, without waiting for their answers.
asked = []
let names = (1...64).map { "call\($0)" }
for name in names {
  channel.userContentController(WKUserContentController(), didReceive: Message("\(name) {}", from: Frame(Place(own), isMain: true))) { _, _ in }
}
print(asked == names ? "begun in their order" : "begun in another order")
