package dev.countersign.agent.exchange

/**
 * Why an exchange did not come about. `channel_refused`: the peer did not prove itself as demanded, nothing of the request was written. `network`: no answer, or
 * one that was cut. `aborted`: it was abandoned.
 */
class ChannelFault internal constructor(val code: String, message: String, cause: Throwable? = null) : Exception(message, cause) {
    internal companion object {
        fun refused(message: String, cause: Throwable? = null) = ChannelFault("channel_refused", message, cause)

        fun network(message: String, cause: Throwable? = null) = ChannelFault("network", message, cause)

        fun aborted() = ChannelFault("aborted", "the exchange was abandoned")
    }
}
