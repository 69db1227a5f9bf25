import Foundation

/// Gathers an answer as React Native's networking does: piece by piece.
private final class Gatherer: NSObject, URLSessionDataDelegate, @unchecked Sendable {
  private var answer = (status: 0, text: "")
  private let done: (Result<(Int, String), Error>) -> Void

  init(_ done: @escaping (Result<(Int, String), Error>) -> Void) {
    self.done = done
  }

  func urlSession(
    _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
  ) {
    answer.status = (response as? HTTPURLResponse)?.statusCode ?? 0
    completionHandler(.allow)
  }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    answer.text += String(decoding: data, as: UTF8.self)
  }

  func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: Error?) {
    done(error.map { .failure($0) } ?? .success(answer))
  }
}

/// Over real connections to a server on this machine, in the clear: what URLSession of Linux does with TLS is not what Apple's does.
func loadTests(_ checks: Checks, origin: String) async {
  func load(
    _ path: String, over configuration: URLSessionConfiguration = .ephemeral, _ change: (inout URLRequest) -> Void = { _ in }
  ) async throws -> (Int, String) {
    var request = URLRequest(url: URL(string: origin + path)!)
    request.setValue("x", forHTTPHeaderField: "Countersign-Pass")
    change(&request)
    let asked = request
    configuration.holdToManifest()
    return try await withCheckedThrowingContinuation { continuation in
      let gatherer = Gatherer { continuation.resume(with: $0) }
      let session = URLSession(configuration: configuration, delegate: gatherer, delegateQueue: nil)
      session.dataTask(with: asked).resume()
      session.finishTasksAndInvalidate()
    }
  }

  await checks.check("carries method, headers and body, and hands the whole answer on") {
    let (status, text) = try await load("/echo") { request in
      request.httpMethod = "PUT"
      request.httpBody = Data(repeating: 0x61, count: 100_000)
      request.setValue("b", forHTTPHeaderField: "X-A")
    }
    try assertEqual(200, status)
    try assertEqual("PUT /echo x b 100000", text)
    try assertEqual(300_000, try await load("/long").1.utf8.count)
  }

  await checks.check("gives an answer that redirects a proof as it came") {
    let (status, _) = try await load("/redirect")
    try assertEqual(302, status)
  }

  await checks.check("keeps no cookie of a session that is not to leave any behind, nor takes the app's along") {
    let url = try some(URL(string: origin))
    let shared = HTTPCookieStorage.shared
    let mine = try some(HTTPCookie(properties: [.name: "mine", .value: "1", .domain: try some(url.host), .path: "/"]))
    shared.setCookie(mine)
    defer { for each in shared.cookies ?? [] { shared.deleteCookie(each) } }
    try assertEqual("cookies: none", try await load("/cookies").1)
    try assertEqual(["mine"], (shared.cookies ?? []).map { $0.name })
    try assertEqual("cookies: mine=1", try await load("/cookies", over: .default).1)
  }

  await checks.check("fails where the peer goes before its answer") {
    var isFailed = false
    do { _ = try await load("/cut") } catch { isFailed = true }
    try assertTrue(isFailed)
  }

  await checks.check("makes a host's session anew when its policy changes, and keeps it otherwise") {
    let book = ChannelBook(load: { nil }, keep: { _ in })
    let sessions = HostSessions(book)
    var answers: [Int] = []
    for turn in 0..<3 {
      if turn == 2 { try book.hold([HeldChannel(host: "127.0.0.1", port: 1, policy: ChannelPolicy(channel: "system", pins: [], roots: []))]) }
      let url = URL(string: origin + "/echo")!
      let status: Int = await withCheckedContinuation { continuation in
        _ = sessions.load(URLRequest(url: url), host: "127.0.0.1", port: turn == 2 ? 1 : 2, usesCookies: true) { event in
          if case .head(let response) = event { continuation.resume(returning: (response as? HTTPURLResponse)?.statusCode ?? 0) }
        }
      }
      answers.append(status)
    }
    try assertEqual([200, 200, 200], answers)
  }
}
