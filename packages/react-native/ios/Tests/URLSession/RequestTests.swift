import Foundation

private func request(_ url: String, _ headers: [String: String] = [:]) -> URLRequest {
  var made = URLRequest(url: URL(string: url)!)
  for (name, value) in headers { made.setValue(value, forHTTPHeaderField: name) }
  return made
}

private let other = URL(string: "https://other.example/")
private let pinned = ChannelPolicy(channel: "pins", pins: ["x"], roots: [])
private func policyOf(_ host: String, _ port: Int) -> ChannelPolicy? {
  return host == "api.example" && (port == 443 || port == 8443) ? pinned : nil
}

func requestTests(_ checks: Checks) async {
  await checks.check("holds a host of the manifest on its port, by any writing of its name and scheme") {
    for url in ["https://api.example/a", "https://api.example:443", "HTTPS://API.EXAMPLE:8443/b?c", "https://api%2Eexample/"] {
      try assertEqual(.held(pinned), wayOf(request(url), policyOf), url)
    }
  }

  await checks.check("leaves every other request to its usual way") {
    for url in ["https://other.example", "https://api.example:444", "http://other.example", "http://api.example:8080", "file:///api.example", "data:,a", "ws://api.example"] {
      try assertEqual(.usual, wayOf(request(url), policyOf), url)
    }
  }

  await checks.check("lets nothing go in the clear to a host that the manifest names") {
    for url in ["http://api.example", "http://api.example:80/", "http://api.example:443", "http://api.example:8443"] {
      try assertEqual(.refused, wayOf(request(url), policyOf), url)
    }
  }

  await checks.check("follows no redirect of a request that carries a proof, in any writing of its header") {
    for name in ["Countersign-Pass", "countersign-anything", "DPoP", "dpop", "Signature", "signature-input", "OAuth-Client-Attestation", "OAuth-Client-Attestation-PoP"] {
      try assertEqual(.held(nil), wayOf(request("https://other.example", [name: "x"]), policyOf), name)
      try assertTrue(!mayFollow(request("https://api.example", [name: "x"]), to: URL(string: "https://api.example/b"), isHeld: false, isWanted: true), name)
    }
    try assertTrue(mayFollow(request("https://api.example", ["Authorization": "x", "X-Signature": "x"]), to: other, isHeld: false, isWanted: nil))
  }

  await checks.check("follows none where expo/fetch was told not to") {
    try assertTrue(!mayFollow(request("https://api.example"), to: other, isHeld: true, isWanted: false))
    try assertTrue(mayFollow(request("https://api.example"), to: other, isHeld: true, isWanted: true))
  }

  await checks.check("leads nothing of a held host's that may be a token to another origin, and to its own all") {
    func follows(_ asked: URLRequest, _ next: String) -> Bool {
      return mayFollow(asked, to: URL(string: next), isHeld: true, isWanted: nil)
    }
    var written = request("https://api.example/a")
    written.httpBody = Data([1])
    for asked in [request("https://api.example/a", ["X-Api-Key": "k"]), written] {
      for next in ["https://api.example/b", "https://API.example:443/b"] { try assertTrue(follows(asked, next), next) }
      for next in ["https://other.example/", "https://api.example:8443/", "http://api.example/", "app://api.example/"] { try assertTrue(!follows(asked, next), next) }
    }
    try assertTrue(follows(request("https://api.example/a", ["Accept": "*/*", "Authorization": "x", "User-Agent": "y"]), "https://other.example/"))
  }

  await checks.check("takes a body whole, and none that is too long") {
    var streamed = request("https://api.example")
    let bytes = Data((0..<200_000).map { UInt8(truncatingIfNeeded: $0) })
    streamed.httpBodyStream = InputStream(data: bytes)
    try assertEqual(bytes, some(try bodyOf(streamed)))
    try assertTrue(try bodyOf(request("https://api.example")) == nil)
    var long = request("https://api.example")
    long.httpBodyStream = InputStream(data: Data(count: (64 << 20) + 1))
    var code: URLError.Code?
    do { _ = try bodyOf(long) } catch let error as URLError { code = error.code }
    try assertEqual(.dataLengthExceedsMaximum, code)
  }

  await checks.check("puts itself before other protocols of a configuration, once") {
    let configuration = URLSessionConfiguration.default
    let before = (configuration.protocolClasses ?? []).count
    configuration.holdToManifest()
    configuration.holdToManifest()
    let classes = configuration.protocolClasses ?? []
    try assertEqual(before + 1, classes.count)
    try assertTrue(classes.first == PinnedProtocol.self)
  }

  await checks.check("proves no peer of another host or port, and leaves what is no proof of a peer to the system") {
    func answer(_ policy: ChannelPolicy?, _ host: String, _ port: Int, _ method: String) -> URLSession.AuthChallengeDisposition? {
      let space = URLProtectionSpace(host: host, port: port, protocol: "https", realm: nil, authenticationMethod: method)
      let challenge = URLAuthenticationChallenge(
        protectionSpace: space, proposedCredential: nil, previousFailureCount: 0, failureResponse: nil, error: nil, sender: Sender()
      )
      var given: URLSession.AuthChallengeDisposition?
      HostSession(host: "api.example", port: 443, policy: policy, usesCookies: true).urlSession(.shared, didReceive: challenge) { disposition, _ in given = disposition }
      return given
    }
    let trust = NSURLAuthenticationMethodServerTrust
    try assertEqual(.cancelAuthenticationChallenge, answer(pinned, "other.example", 443, trust))
    try assertEqual(.cancelAuthenticationChallenge, answer(pinned, "api.example", 8443, trust))
    try assertEqual(.performDefaultHandling, answer(nil, "api.example", 443, trust))
    try assertEqual(.performDefaultHandling, answer(pinned, "api.example", 443, NSURLAuthenticationMethodHTTPBasic))
  }
}

private final class Sender: NSObject, URLAuthenticationChallengeSender {
  func use(_ credential: URLCredential, for challenge: URLAuthenticationChallenge) {}
  func continueWithoutCredential(for challenge: URLAuthenticationChallenge) {}
  func cancel(_ challenge: URLAuthenticationChallenge) {}
  func performDefaultHandling(for challenge: URLAuthenticationChallenge) {}
  func rejectProtectionSpaceAndContinue(with challenge: URLAuthenticationChallenge) {}
}
