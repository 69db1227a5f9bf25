/// Why a connection did not come about, or ended. `channel_refused`: the peer did not prove itself as demanded, nothing of the request was written. `network`: no
/// answer, or one that was cut or is not of its form. `aborted`: the caller gave up.
public struct ChannelFault: Error {
  public let code: String
  public let message: String

  static func refused(_ message: String) -> ChannelFault {
    return ChannelFault(code: "channel_refused", message: message)
  }

  static func network(_ message: String) -> ChannelFault {
    return ChannelFault(code: "network", message: message)
  }

  static func aborted() -> ChannelFault {
    return ChannelFault(code: "aborted", message: "the caller gave up")
  }
}
