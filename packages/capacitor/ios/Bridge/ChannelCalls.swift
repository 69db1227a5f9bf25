/// `holdChannels`: a list that is not of its form changes nothing.
func channelCalls(_ book: ChannelBook) -> [String: BridgeCall] {
  return [
    "holdChannels": later { of in
      try book.hold(try of.items("channels").map { try heldChannel($0) })
      return true
    }
  ]
}

private func heldChannel(_ item: Any) throws -> HeldChannel {
  guard let members = item as? [String: Any] else { throw KeyFault.unsupported("a channel is an object") }
  let of = Asked(members)
  return HeldChannel(host: try of.text("host"), port: Int(min(try of.whole("port"), 65536)), policy: try policyOf(try of.object("policy")))
}
