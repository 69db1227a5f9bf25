package dev.countersign.agent.channel

import dev.countersign.agent.protocol.encodeBase64Url
import java.security.cert.CertificateFactory
import java.security.cert.X509Certificate

/**
 * How a connection to one host and port must prove itself, from the signed manifest (protocol section 3).
 * [channel] is `pins`, `roots`, `both` or `system`; any other word refuses the host. [pins] are b64u SHA-256 of SubjectPublicKeyInfo, [roots] DER
 * certificates. Two are equal where all three are.
 */
class ChannelPolicy(internal val channel: String, internal val pins: Set<String>, roots: List<ByteArray>) {
    /** b64u */
    internal val rootTexts: Set<String> = roots.map(::encodeBase64Url).toSet()

    /** Null where one of them is no certificate: nothing is proven by such a list. */
    internal val roots: Set<X509Certificate>? = try {
        val factory = CertificateFactory.getInstance("X.509")
        roots.map { factory.generateCertificate(it.inputStream()) as X509Certificate }.toSet()
    } catch (_: Exception) {
        null
    }

    override fun equals(other: Any?): Boolean =
        other is ChannelPolicy && channel == other.channel && pins == other.pins && rootTexts == other.rootTexts

    override fun hashCode(): Int = listOf(channel, pins, rootTexts).hashCode()
}
