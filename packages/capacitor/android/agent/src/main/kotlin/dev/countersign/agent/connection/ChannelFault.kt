package dev.countersign.agent.connection

import java.security.cert.CertificateException
import javax.net.ssl.SSLPeerUnverifiedException

/**
 * Why an exchange or a WebSocket did not come about. `channel_refused`: the peer did not prove itself as demanded, nothing of the request was written. `network`:
 * no answer, or one that was cut. `aborted`: it was abandoned.
 */
class ChannelFault internal constructor(val code: String, message: String, cause: Throwable? = null) : Exception(message, cause) {
    internal companion object {
        fun refused(message: String, cause: Throwable? = null) = ChannelFault("channel_refused", message, cause)

        fun network(message: String, cause: Throwable? = null) = ChannelFault("network", message, cause)

        fun aborted() = ChannelFault("aborted", "it was abandoned")

        fun of(fault: Exception): ChannelFault {
            if (fault is ChannelFault) return fault
            val isUnproven = generateSequence<Throwable>(fault) { it.cause }.take(8).any { it is CertificateException || it is SSLPeerUnverifiedException }
            return if (isUnproven) refused("the peer did not prove itself", fault) else network("no answer", fault)
        }
    }
}
