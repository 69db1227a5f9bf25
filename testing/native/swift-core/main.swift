import Foundation

// Runs the core behind lines of JSON: what the native half is asked goes out, and what it answers comes in. The first line is the script.

/// One line to whoever started this.
func say(_ line: [String: Any]) {
  guard let bytes = try? JSONSerialization.data(withJSONObject: line) else { return }
  FileHandle.standardOutput.write(bytes + Data("\n".utf8))
}

/// A native half at the other end of the pipe.
final class PipedHalf: NativeHalf, @unchecked Sendable {
  private let lock = NSLock()
  private var waiting: [Int: (String) -> Void] = [:]
  private var calls = 0

  func callText(_ name: String, _ of: String, answer: @escaping (String) -> Void) {
    lock.lock()
    calls += 1
    let id = calls
    waiting[id] = answer
    lock.unlock()
    say(["kind": "call", "id": id, "name": name, "of": of])
  }

  func answered(_ id: Int, _ text: String) {
    lock.lock()
    let answer = waiting.removeValue(forKey: id)
    lock.unlock()
    answer?(text)
  }

  func randomBytes(_ length: Int) -> String {
    return encodeBase64Url(Data((0..<length).map { _ in UInt8.random(in: 0...255) }))
  }

  func continuousMs() -> Double {
    return Double(DispatchTime.now().uptimeNanoseconds) / 1e6
  }
}

/// A request goes the way of an app's own: as URLRequest in, as HTTPURLResponse out.
func answer(_ agent: HostedAgent, _ name: String, _ of: [String: Any]) async throws -> Any {
  guard name == "fetch", let url = (of["url"] as? String).flatMap({ URL(string: $0) }) else { return try await agent.ask(name, of) }
  var request = URLRequest(url: url)
  request.httpMethod = of["method"] as? String
  for pair in of["headers"] as? [[String]] ?? [] { request.setValue(pair[1], forHTTPHeaderField: pair[0]) }
  request.httpBody = (of["body"] as? String).flatMap { decodeBase64Url($0) }
  let (body, response) = try responseOf(try await agent.ask("fetch", try askOf(request)), request)
  return ["status": response.statusCode, "url": response.url?.absoluteString ?? "", "body": encodeBase64Url(body)] as [String: Any]
}

/// The tasks that asks run in, by their number, so that one can be cancelled as an app does it.
let half = PipedHalf()
let script = (readLine() ?? "").data(using: .utf8).flatMap { try? JSONSerialization.jsonObject(with: $0, options: .fragmentsAllowed) } as? String ?? ""
guard let agent = try? HostedAgent(script: script, native: half) else {
  say(["kind": "broken"])
  exit(1)
}
var tasks: [Int: Task<Void, Never>] = [:]
while let line = readLine() {
  guard let told = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], let id = told["id"] as? Int else { continue }
  switch told["kind"] as? String {
  case "answered":
    half.answered(id, told["text"] as? String ?? "")
  case "cancel":
    tasks[id]?.cancel()
  default:
    let name = told["name"] as? String ?? ""
    let of = (try? JSONSerialization.jsonObject(with: Data((told["of"] as? String ?? "").utf8))) as? [String: Any] ?? [:]
    tasks[id] = Task {
      var text: [String: Any]
      do {
        text = ["value": try await answer(agent, name, of)]
      } catch let error as CountersignError {
        text = ["fault": ["code": error.code, "message": error.message, "arc": error.arc ?? ""]]
      } catch {
        text = ["fault": ["code": "other", "message": "\(error)"]]
      }
      guard let bytes = try? JSONSerialization.data(withJSONObject: text) else { return }
      say(["kind": "answer", "id": id, "text": String(decoding: bytes, as: UTF8.self)])
    }
  }
}
