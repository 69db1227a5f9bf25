import Foundation

/// The calls of `NativeExchangeCalls`. A piece finds its exchange when it is handed over, not when it is its turn.
func exchangeCalls(_ exchanges: Exchanges) -> [String: BridgeCall] {
  return [
    "send": { of in
      let name = try of.text("exchange")
      let exchange = try exchanges.begin(name, try requestOf(of))
      return {
        let head = try await exchanges.send(name, exchange)
        return ["status": head.status, "headers": head.headers.map { [$0.name, $0.value] }] as [String: Any]
      }
    },
    "receive": { of in
      let name = try of.text("exchange")
      let exchange = try exchanges.find(name)
      return { ["piece": orNull(try await exchanges.receive(name, exchange).map { encodeBase64Url($0) })] }
    },
    "upload": { of in
      let exchange = try exchanges.find(try of.text("exchange"))
      let piece = try of.bytesOrNil("piece")
      return {
        try await exchange.upload(piece)
        return true
      }
    },
    "abandon": { of in
      exchanges.abandon(try of.text("exchange"))
      return { true }
    },
  ]
}

private func requestOf(_ of: Asked) throws -> ExchangeRequest {
  return ExchangeRequest(
    peer: try peerOf(of), target: try of.text("target"), method: try of.text("method"), headers: try headersOf(of), body: try bodyOf(of)
  )
}

private func bodyOf(_ of: Asked) throws -> ExchangeRequest.Body {
  let whole = try of.bytesOrNil("body")
  guard let upload = try of.objectOrNil("upload") else { return whole.map { .whole($0) } ?? .none }
  guard whole == nil else { throw KeyFault.unsupported("a body comes whole or in pieces") }
  return .pieces(length: try upload.wholeOrNil("length"))
}

/// Whom a call is for, and what it must prove.
func peerOf(_ of: Asked) throws -> Peer {
  let port = Int(min(try of.whole("port"), 65536))
  return Peer(secure: try of.truth("secure"), host: try of.text("host"), port: port, policy: try policyOf(try of.object("policy")))
}

func policyOf(_ of: Asked) throws -> ChannelPolicy {
  let roots = try of.texts("roots").map { text -> Data in
    guard let root = decodeBase64Url(text) else { throw KeyFault.unsupported("a root is base64url") }
    return root
  }
  return ChannelPolicy(channel: try of.text("channel"), pins: Set(try of.texts("pins")), roots: roots)
}

func headersOf(_ of: Asked) throws -> [(name: String, value: String)] {
  return try of.items("headers").map { item in
    guard let pair = item as? [Any], pair.count == 2, let name = pair[0] as? String, let value = pair[1] as? String else {
      throw KeyFault.unsupported("a header is a pair of texts")
    }
    return (name: name, value: value)
  }
}
