import Foundation

/// One API's channel, as a manifest names it.
struct HeldChannel: Equatable {
  let host: String
  let port: Int
  let policy: ChannelPolicy

  /// Whether a manifest could have named it. A kind that this version does not know is sound, and lets nothing pass.
  var isSound: Bool {
    guard isHost(host), port >= 1, port <= 65535, policy.pins.count <= 16, policy.roots.count <= 64 else { return false }
    return policy.pins.allSatisfy { decodeBase64Url($0)?.count == 32 } && policy.roots.allSatisfy { !$0.isEmpty && $0.count <= 8192 }
  }
}

/// As the book keeps them: strict JSON.
func heldText(_ channels: [HeldChannel]) throws -> String {
  let items = channels.map { channel -> [String: Any] in
    let policy: [String: Any] = [
      "channel": channel.policy.channel, "pins": channel.policy.pins.sorted(), "roots": channel.policy.roots.map { encodeBase64Url($0) },
    ]
    return ["host": channel.host, "port": channel.port, "policy": policy]
  }
  return String(decoding: try JSONSerialization.data(withJSONObject: ["v": 1, "channels": items] as [String: Any]), as: UTF8.self)
}

/// Nil for any other text.
func readHeld(_ text: String) -> [HeldChannel]? {
  guard text.utf8.count <= 8 * 1024 * 1024, case .members(let members)? = parseStrictJson(Data(text.utf8)), members.count == 2 else { return nil }
  guard members["v"] == .number(1), case .items(let items)? = members["channels"] else { return nil }
  let channels = items.compactMap { readChannel($0) }
  return channels.count == items.count ? channels : nil
}

private func readChannel(_ value: JsonValue) -> HeldChannel? {
  guard case .members(let members) = value, members.count == 3, case .text(let host)? = members["host"] else { return nil }
  guard case .number(let number)? = members["port"], let port = Int(exactly: number), let policy = members["policy"].flatMap({ readPolicy($0) }) else {
    return nil
  }
  return HeldChannel(host: host, port: port, policy: policy)
}

private func readPolicy(_ value: JsonValue) -> ChannelPolicy? {
  guard case .members(let members) = value, members.count == 3, case .text(let channel)? = members["channel"] else { return nil }
  guard let pins = texts(members["pins"]), let texts = texts(members["roots"]) else { return nil }
  let roots = texts.compactMap { decodeBase64Url($0) }
  guard roots.count == texts.count, Set(pins).count == pins.count else { return nil }
  return ChannelPolicy(channel: channel, pins: Set(pins), roots: roots)
}

private func texts(_ value: JsonValue?) -> [String]? {
  guard case .items(let items)? = value else { return nil }
  let texts = items.compactMap { item -> String? in
    guard case .text(let text) = item else { return nil }
    return text
  }
  return texts.count == items.count ? texts : nil
}
