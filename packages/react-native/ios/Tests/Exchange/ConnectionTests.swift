import Foundation

/// Over real connections to a server on this machine, with a stand-in for Network.framework.
func connectionTests(_ checks: Checks, origin: String) async {
  await checks.check("writes what it was given before it was closed, whoever still holds it") {
    let (host, port) = (try some(URL(string: origin)?.host), try some(URL(string: origin)?.port))
    let length = 8 << 20
    do {
      let connection = PeerConnection(Peer(secure: false, host: host, port: port, policy: ChannelPolicy(channel: "system", pins: [], roots: [])))
      try await connection.open()
      _ = connection.write(Data("PUT /closed HTTP/1.1\r\nHost: \(host):\(port)\r\nContent-Length: \(length)\r\n\r\n".utf8) + Data(count: length))
      connection.close()
    }
    let (told, _) = try await URLSession.shared.data(from: try some(URL(string: origin + "/written")))
    try assertEqual("\(length) true", String(decoding: told, as: UTF8.self))
  }
}
