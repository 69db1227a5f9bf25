import Foundation

/// The calls of `NativeSocketCalls`. Messages are written in the order in which they are handed over.
func socketCalls(_ sockets: Sockets) -> [String: BridgeCall] {
  return [
    "openSocket": { of in
      let name = try of.text("socket")
      let socket = try sockets.begin(name, try openingOf(of))
      return {
        do {
          return ["protocol": try await socket.open(), "extensions": ""]
        } catch {
          sockets.forget(name)
          throw error
        }
      }
    },
    "nextOfSocket": { of in
      let name = try of.text("socket")
      guard let socket = sockets.find(name) else { throw ChannelFault.aborted() }
      return {
        let event = try await socket.next()
        if case .closed = event { sockets.forget(name) }
        return eventMembers(event)
      }
    },
    "sendToSocket": { of in
      guard let socket = sockets.find(try of.text("socket")) else { throw ChannelFault.network("the socket is closed") }
      let written = try sent(socket, try of.textOrNil("text"), try of.bytesOrNil("bytes"))
      return {
        try await written()
        return true
      }
    },
    "closeSocket": { of in
      let name = try of.text("socket")
      let end = try endOf(of)
      try sockets.find(name)?.close(end)
      return { true }
    },
  ]
}

private func openingOf(_ of: Asked) throws -> SocketOpening {
  guard let key = randomBytes(16) else { throw ChannelFault.network("there is no randomness") }
  return SocketOpening(
    peer: try peerOf(of), target: try of.text("target"), headers: try headersOf(of), protocols: try of.texts("protocols"),
    key: key.base64EncodedString()
  )
}

private func sent(_ socket: Socket, _ text: String?, _ bytes: Data?) throws -> @Sendable () async throws -> Void {
  switch (text, bytes) {
  case (let text?, nil): return try socket.send(.text, Data(text.utf8))
  case (nil, let bytes?): return try socket.send(.bytes, bytes)
  default: throw KeyFault.unsupported("a message is text or bytes")
  }
}

private func endOf(_ of: Asked) throws -> SocketEnd {
  let reason = try of.text("reason")
  guard let code = try of.wholeOrNil("code") else {
    guard reason.isEmpty else { throw KeyFault.unsupported("a reason has a code") }
    return .unsaid
  }
  guard code <= 4999, isClosingCode(Int(code)), reason.utf8.count <= 123 else { throw KeyFault.unsupported("this is no end of a socket") }
  return SocketEnd(code: Int(code), reason: reason)
}

private func eventMembers(_ event: SocketEvent) -> [String: Any] {
  switch event {
  case .text(let text): return ["kind": "text", "text": text]
  case .bytes(let bytes): return ["kind": "bytes", "bytes": encodeBase64Url(bytes)]
  case .closed(let end, let wasClean): return ["kind": "closed", "code": end.code, "reason": end.reason, "wasClean": wasClean]
  }
}
